import {
  type Coroutine,
  createTask,
  Event,
  gather as gatherAll,
  getRunningLoop,
  run,
  sleep,
  type Task,
  type TimerHandle,
} from '../../../src/index.ts';
import { armingMs, CEDES, cpuNs, delayOf, expect, FAR_MS, NEAR_MS, nowNs, type Peer } from '../workload.ts';

function* spawn(n: number): Coroutine<number> {
  let count = 0;
  function* one(): Coroutine<void> {
    for (let i = 0; i < CEDES; i += 1) yield* sleep(0);
    count += 1;
  }
  const from = nowNs();
  const tasks = new Array<Task<void>>(n);
  for (let i = 0; i < n; i += 1) tasks[i] = createTask(one());
  for (const task of tasks) yield* task;
  const took = nowNs() - from;
  expect(count, n, 'tasks');
  return took;
}

function* addOneLater(i: number): Coroutine<number> {
  yield* sleep(0);
  return i + 1;
}

function* gather(n: number): Coroutine<number> {
  const from = nowNs();
  const parts = new Array<Coroutine<number>>(n);
  for (let i = 0; i < n; i += 1) parts[i] = addOneLater(i);
  const results = yield* gatherAll(parts);
  const took = nowNs() - from;
  expect(results.length, n, 'results');
  expect(results[n - 1]!, n, 'last result');
  return took;
}

function* event(n: number): Coroutine<number> {
  const open = new Event();
  let count = 0;
  function* one(): Coroutine<void> {
    yield* open.wait();
    count += 1;
  }
  const tasks = new Array<Task<void>>(n);
  for (let i = 0; i < n; i += 1) tasks[i] = createTask(one());
  yield* sleep(0);
  const from = nowNs();
  open.set();
  while (count < n) yield* sleep(0);
  const took = nowNs() - from;
  for (const task of tasks) yield* task;
  return took;
}

function* fired(n: number): Coroutine<number> {
  const loop = getRunningLoop();
  const from = cpuNs();
  const all = loop.createFuture<void>();
  let left = n;
  const fire = (): void => {
    left -= 1;
    if (left === 0) all.setResult();
  };
  const due = loop.time() + armingMs(n);
  for (let i = 0; i < n; i += 1) loop.callAt(due + delayOf(i, NEAR_MS), fire);
  yield* all;
  return cpuNs() - from;
}

function* cancelled(n: number): Coroutine<number> {
  const loop = getRunningLoop();
  const from = nowNs();
  const timers = new Array<TimerHandle>(n);
  for (let i = 0; i < n; i += 1) timers[i] = loop.callLater(delayOf(i, FAR_MS), () => {});
  for (const timer of timers) timer.cancel();
  return nowNs() - from;
}

const inLoop = (body: (n: number) => Coroutine<number>) => (n: number) => run(body(n));

export const peer: Peer = {
  spawn: inLoop(spawn),
  gather: inLoop(gather),
  event: inLoop(event),
  fired: inLoop(fired),
  cancelled: inLoop(cancelled),
};
