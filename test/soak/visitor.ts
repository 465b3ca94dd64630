import { type Coroutine, createTask, currentTask, sleep, waitFor } from 'tsyncio';
import type { Random } from '../differential/generate/random.ts';
import type { Action } from './actions/action.ts';
import { isBreakage } from './breakage.ts';
import type { World } from './world.ts';

/** In turns of the loop until an action is cancelled: half of them within the first hundred. */
const LATEST_CANCEL = 3_000;
/** In milliseconds, when an action is cut off by a timeout. */
const LONGEST_TIMEOUT_MS = 30;
type Manner = 'calm' | 'rough' | 'cancel' | 'timeout';
const MANNERS: readonly (readonly [Manner, number])[] = [
  ['calm', 5],
  ['rough', 2],
  ['cancel', 3],
  ['timeout', 1],
];

/** Does an action once, undisturbed or not, and writes down what should not have happened. */
export function* visit(world: World, action: Action, random: Random): Coroutine<void> {
  const manner = random.weighted(MANNERS);
  const what = `${action.name}, ${manner}`;
  const epoch = action.service?.epoch ?? 0;
  const watched = world.watch.begin(what, currentTask()!);
  try {
    const bytes = yield* inManner(manner, action, random);
    world.tally.bytes += bytes;
  } catch (error) {
    const disturbed = world.hostile || manner !== 'calm' || epoch % 2 === 1 || epoch !== (action.service?.epoch ?? 0);
    if (!watched.hangs && !(disturbed && isBreakage(error))) world.fail(what, error);
  }
  world.watch.end(watched);
  world.count(what);
}

function* inManner(manner: Manner, action: Action, random: Random): Coroutine<number> {
  switch (manner) {
    case 'calm':
      return yield* action.run(random, false);
    case 'rough':
      return yield* action.run(random, true);
    case 'timeout':
      return yield* waitFor(action.run(random, true), random.below(LONGEST_TIMEOUT_MS));
    case 'cancel':
      return yield* cancelled(action.run(random, true), random.below(random.below(LATEST_CANCEL) + 1));
  }
}

function* cancelled(coroutine: Coroutine<number>, turns: number): Coroutine<number> {
  const task = createTask(coroutine);
  for (; turns > 0 && !task.done(); turns--) yield* sleep(0);
  task.cancel();
  return yield* task;
}
