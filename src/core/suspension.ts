/**
 * The one place where control goes back to the loop.
 *
 * A leaf (a future, `sleep`) returns SUSPENDED from its `next`; `yield*` passes the very same object up through every
 * level without touching it, so the task recognises it by identity and nothing is allocated. What the task waits for
 * goes by the side, in `waitingFor`.
 *
 * A probe: a suspended coroutine does not tell where it stands, but resuming it does: each level of `yield*` passes
 * `next` down to the leaf, and no line of the coroutine's own code runs. While `probing` is on, leaves note the stack
 * and suspend again. So the stack of a blocked task costs nothing until somebody asks.
 */
import type { Suspension } from './coroutine.ts';
import type { Waitable } from './waitable.ts';

/** Some engines (JavaScriptCore) make a new result object at each level of `yield*`; then this is what is recognised. */
class Suspended {}

export const SUSPENDED_VALUE = new Suspended() as unknown as Suspension;
export const SUSPENDED = { value: SUSPENDED_VALUE, done: false as const };

/** What the coroutine that has just suspended waits for; undefined: nothing, it only lets others go first. */
let waitingFor: Waitable | undefined;
let probe: (() => void) | undefined;

export type SuspendedResult = IteratorResult<Suspension, never>;

/** Called by a leaf: suspends the running task until `future` is done. */
export function suspendOn(future: Waitable): SuspendedResult {
  if (probe !== undefined) probe();
  waitingFor = future;
  return SUSPENDED;
}

/** Called by a leaf: lets every handle that is ready go first. */
export function suspendOnce(): SuspendedResult {
  waitingFor = undefined;
  return SUSPENDED;
}

/** Called by the task that got SUSPENDED. */
export function takeWaitingFor(): Waitable | undefined {
  const future = waitingFor;
  waitingFor = undefined;
  return future;
}

/** For leaves that are not futures: true while their `next` is only asked where they are. */
export function isProbing(): boolean {
  if (probe === undefined) return false;
  probe();
  return true;
}

/** Resumes `coroutine`, which is suspended, only for its leaf to call `atLeaf` and to suspend again. */
export function resumeToProbe(coroutine: { next(): unknown }, atLeaf: () => void): void {
  const before = waitingFor;
  probe = atLeaf;
  try {
    coroutine.next();
  } finally {
    probe = undefined;
    waitingFor = before;
  }
}
