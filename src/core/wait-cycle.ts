import type { Waitable } from './waitable.ts';

/** A walk looks at no more than this many links: a longer chain is left to the deadlock report at the end. */
const LONGEST_WALK = 1_000;

/**
 * Looks whether what `task` has just begun to wait for waits, in the end, for `task` itself, and reports that to the
 * exception handler of its loop. Called only for what has links, so that most suspensions pay one look at a constant.
 */
export function reportCycle(
  task: Waitable & { readonly _scheduler: { cycleFound(text: string, task: object): void } },
  waiter: Waitable,
): void {
  const path = findPath(task, waiter);
  if (path === undefined) return;
  const steps = [task, ...path].map((one) => String(one));
  task._scheduler.cycleFound(`${steps.join(' waits for ')} waits for ${task}`, task);
}

/** The links from `from` down to `target`, exclusive; undefined when there are none. */
function findPath(target: Waitable, from: Waitable): Waitable[] | undefined {
  const seen = new Set<Waitable>([from]);
  const stack: { node: Waitable; path: Waitable[] }[] = [{ node: from, path: [from] }];
  for (let visited = 0; stack.length > 0 && visited < LONGEST_WALK; visited += 1) {
    const { node, path } = stack.pop()!;
    if (!node._linked || node._state !== 0) continue;
    for (const next of node._blockers()) {
      if (next === target) return path;
      if (seen.has(next)) continue;
      seen.add(next);
      stack.push({ node: next, path: [...path, next] });
    }
  }
  return undefined;
}
