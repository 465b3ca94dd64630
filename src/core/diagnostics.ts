import { noteMade } from './made-coroutine.ts';
import { addCreation, checkSwallowed } from './task-debug.ts';
import { describeStack, framesOf } from './task-stack.ts';
import { trackCoroutine } from './tracked-coroutine.ts';
import { watchUnretrieved } from './unretrieved.ts';
import { reportCycle } from './wait-cycle.ts';

/**
 * What tasks, futures and coroutines need only when something fails, hangs or is looked at. The scheduler carries it, and
 * they call it there: a file that makes tasks has all of it where a loop runs, without importing it.
 */
export const diagnostics = {
  addCreation,
  checkSwallowed,
  describeStack,
  framesOf,
  noteMade,
  reportCycle,
  trackCoroutine,
  watchUnretrieved,
} as const;
