import { DeadlockError } from './deadlock-error.ts';
import type { Scheduler } from './scheduler.ts';
import { PENDING, type Waitable } from './waitable.ts';

/** A walk looks at no more than this many links: what lies farther is left to the deadlock report at the end. */
const LONGEST_WALK = 1_000;

let linksLeft = 0;

type Waiting = Waitable & { readonly _scheduler: Scheduler };

/**
 * Looks whether what `task` has just begun to wait for waits, in the end, for `task` itself, and reports that to the
 * exception handler of its loop. Called only for what has links, and allocates nothing while there is no cycle.
 */
export function reportCycle(task: Waiting, waiter: Waitable): void {
  linksLeft = LONGEST_WALK;
  const path: Waitable[] | undefined = search(task, waiter);
  if (path === undefined) return;
  const steps = [task, ...path.reverse()].map(String);
  const exception = new DeadlockError(`${steps.join(' waits for ')} waits for ${task}`);
  task._scheduler.report({ message: 'Deadlock: tasks wait for each other', exception, task });
}

/** The links from `target` back to `node`, exclusive of `target`; undefined when `node` does not wait for it. */
function search(target: Waitable, node: Waitable): Waitable[] | undefined {
  if (node._state !== PENDING) return undefined;
  for (let index = 0; linksLeft > 0; index += 1) {
    const next = node._blocker(index);
    if (next === undefined) return undefined;
    linksLeft -= 1;
    if (next === target) return [node];
    const path = next._linked ? search(target, next) : undefined;
    if (path !== undefined) {
      path.push(node);
      return path;
    }
  }
  return undefined;
}
