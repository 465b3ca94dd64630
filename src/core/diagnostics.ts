import { describeFuture, doneCallbackFailed, watchFailure } from './future-trouble.ts';
import { noteMade } from './made-coroutine.ts';
import { addCreation, badWait, badYield, checkSwallowed } from './task-debug.ts';
import { framesOf, printStack } from './task-stack.ts';
import { trackCoroutine } from './tracked-coroutine.ts';
import { reportCycle } from './wait-cycle.ts';

/**
 * What tasks, futures and coroutines need only when something fails, hangs or is looked at. The scheduler carries it, and
 * they call it there: a file that makes tasks has all of it where a loop runs, without importing it.
 */
export const diagnostics = {
  addCreation,
  badWait,
  badYield,
  checkSwallowed,
  describeFuture,
  doneCallbackFailed,
  framesOf,
  noteMade,
  printStack,
  reportCycle,
  trackCoroutine,
  watchFailure,
} as const;
