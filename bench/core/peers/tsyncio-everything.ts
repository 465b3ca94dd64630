import {
  asCompleted,
  asyncWith,
  type Coroutine,
  createTask,
  Event,
  Future,
  gather,
  getRunningLoop,
  Lock,
  Queue,
  shield,
  sleep,
  TaskGroup,
  timeout,
  wait,
  waitFor,
} from '../../../src/index.ts';

/** So many rounds, so that the engine has seen every shape often. */
const ROUNDS = 2_000;

function* nap(): Coroutine<void> {
  yield* sleep(0.01);
}

function* grouped(group: TaskGroup): Coroutine<void> {
  group.createTask(nap());
}

/** Uses every combinator and primitive: what large programs do, and a benchmark of one workload hides. */
export function* useEverything(): Coroutine<void> {
  const lock = new Lock();
  const queue = new Queue<number>();
  for (let round = 0; round < ROUNDS; round++) {
    yield* gather([nap(), nap()]);
    yield* shield(nap());
    yield* wait([createTask(nap())], { timeout: 1_000 });
    yield* waitFor(nap(), 1_000);
    yield* asyncWith(timeout(1_000), nap());
    yield* asyncWith(new TaskGroup(), grouped);
    for (const next of asCompleted([nap(), nap()], { timeout: 1_000 })) yield* next;
    const [future, event] = [new Future<void>(), new Event()];
    getRunningLoop().callLater(0.01, () => future.setResult());
    getRunningLoop().callSoon(() => event.set());
    yield* future;
    yield* event.wait();
    yield* lock.acquire();
    lock.release();
    queue.putNowait(round);
    yield* queue.get();
  }
}
