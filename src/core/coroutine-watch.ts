/**
 * Debug mode for a bare `function*`: what the rewritten ones of a program (`src/tools/rewrite.ts`) call, and what the tool
 * that rewrites them sets.
 */
import type { Made } from './made-coroutine.ts';
import { runningSchedulerOrUndefined, type Scheduler } from './scheduler.ts';

/** True while the library makes a coroutine that nobody has to await, or whose awaiting is watched in another way. */
let unwatchedCall = false;

/** Calls a coroutine function of the program's without watching what it makes. @internal */
export function unwatched<T>(call: () => T): T {
  const before = unwatchedCall;
  unwatchedCall = true;
  try {
    return call();
  } finally {
    unwatchedCall = before;
  }
}

function made(name: string): Made | undefined {
  const scheduler = runningSchedulerOrUndefined() ?? coroutineWatch.started;
  if (scheduler?.debug !== true || unwatchedCall) return undefined;
  return scheduler.diagnostics.noteMade(scheduler, name, new Error());
}

/** What `src/tools/watch-coroutines.ts` needs, and gives. @internal */
export interface CoroutineWatch {
  /** Called by every `function*` that was rewritten, with its name. */
  readonly made: (name: string) => Made | undefined;
  /** The scheduler in debug mode whose loop runs: between its turns, in Node's own callbacks, coroutines are made as well. */
  started: Scheduler | undefined;
  /** Told of a coroutine that will be closed, perhaps before it began: as in asyncio that is no reason for a report. */
  closing: ((coroutine: object) => void) | undefined;
}

/** @internal */
export const coroutineWatch: CoroutineWatch = { made, started: undefined, closing: undefined };
