import {
  asyncWith,
  type Coroutine,
  createTask,
  Event,
  gather,
  Lock,
  Queue,
  sleep,
  type Task,
} from '../../../src/index.ts';
import { bytesInUse, EVENT_ROUNDS, expect, LOCKING_TASKS, nowNs, QUEUE_SIZE, type Sample } from '../workload.ts';

const times = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));

export function* queue(n: number): Coroutine<Sample> {
  const items = new Queue<number>(QUEUE_SIZE);
  let sum = 0;
  function* consume(): Coroutine<void> {
    for (let i = 0; i < n; i++) sum += yield* items.get();
  }
  const from = nowNs();
  const consumer = createTask(consume());
  for (let i = 0; i < n; i++) yield* items.put(i);
  yield* consumer;
  const total = nowNs() - from;
  expect(sum, (n * (n - 1)) / 2, 'sum');
  return { ops: n, total };
}

export function* lock(n: number): Coroutine<Sample> {
  const mutex = new Lock();
  let inside = 0;
  let count = 0;
  function* hold(): Coroutine<void> {
    expect(++inside, 1, 'holders of the lock');
    yield* sleep(0);
    inside--;
    count++;
  }
  function* one(): Coroutine<void> {
    for (let i = 0; i < n / LOCKING_TASKS; i++) yield* asyncWith(mutex, hold);
  }
  const from = nowNs();
  yield* gather(times(LOCKING_TASKS, one));
  const total = nowNs() - from;
  expect(count, n, 'acquisitions');
  return { ops: n, total };
}

export function* event(n: number): Coroutine<Sample> {
  const events = times(EVENT_ROUNDS, () => new Event());
  let count = 0;
  function* one(): Coroutine<void> {
    for (let round = 0; round < EVENT_ROUNDS; round++) {
      yield* events[round]!.wait();
      count++;
    }
  }
  const tasks: Task<void>[] = times(n, () => createTask(one()));
  yield* sleep(0);
  const from = nowNs();
  for (let round = 0; round < EVENT_ROUNDS; round++) {
    events[round]!.set();
    while (count < n * (round + 1)) yield* sleep(0);
  }
  const total = nowNs() - from;
  yield* gather(tasks);
  expect(count, n * EVENT_ROUNDS, 'wake-ups');
  return { ops: n * EVENT_ROUNDS, total };
}

export function* memory(n: number): Coroutine<Sample> {
  const open = new Event();
  let count = 0;
  function* one(): Coroutine<void> {
    yield* open.wait();
    count++;
  }
  const tasks = new Array<Task<void>>(n);
  const before = bytesInUse();
  for (let i = 0; i < n; i++) tasks[i] = createTask(one());
  yield* sleep(0);
  const total = bytesInUse() - before;
  open.set();
  yield* gather(tasks);
  expect(count, n, 'woken');
  return { ops: n, total };
}
