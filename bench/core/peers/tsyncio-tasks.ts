import {
  asyncWith,
  CancelledError,
  type Coroutine,
  createTask,
  gather,
  sleep,
  type Task,
  timeout as timeoutAfter,
} from '../../../src/index.ts';
import { CHAIN_DEPTH, expect, LONG_MS, nowNs, type Sample, SWITCHING_TASKS, timerDelayMs } from '../workload.ts';

const times = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));

export function* cedes(n: number): Coroutine<Sample> {
  let count = 0;
  function* one(): Coroutine<void> {
    for (let i = 0; i < n / SWITCHING_TASKS; i++) {
      yield* sleep(0);
      count++;
    }
  }
  const from = nowNs();
  yield* gather(times(SWITCHING_TASKS, one));
  const total = nowNs() - from;
  expect(count, n, 'switches');
  return { ops: n, total };
}

function* addOne(i: number): Coroutine<number> {
  return i + 1;
}

export function* call(n: number): Coroutine<Sample> {
  const from = nowNs();
  let sum = 0;
  for (let i = 0; i < n; i++) sum += yield* addOne(i);
  const total = nowNs() - from;
  expect(sum, (n * (n + 1)) / 2, 'sum');
  return { ops: n, total };
}

function* level(depth: number): Coroutine<number> {
  if (depth > 1) return (yield* level(depth - 1)) + 1;
  yield* sleep(0);
  return 1;
}

export function* chain(n: number): Coroutine<Sample> {
  const from = nowNs();
  let sum = 0;
  for (let i = 0; i < n; i++) sum += yield* level(CHAIN_DEPTH);
  const total = nowNs() - from;
  expect(sum, n * CHAIN_DEPTH, 'levels');
  return { ops: n, total };
}

export function* spawn(n: number): Coroutine<Sample> {
  const from = nowNs();
  let sum = 0;
  for (let i = 0; i < n; i++) sum += yield* createTask(addOne(i));
  const total = nowNs() - from;
  expect(sum, (n * (n + 1)) / 2, 'sum');
  return { ops: n, total };
}

function* addOneLater(i: number): Coroutine<number> {
  yield* sleep(0);
  return i + 1;
}

export function* gathering(n: number): Coroutine<Sample> {
  const from = nowNs();
  const results = yield* gather(times(n, addOneLater));
  const total = nowNs() - from;
  expect(results.length, n, 'results');
  expect(results[n - 1]!, n, 'last result');
  return { ops: n, total };
}

export function* timers(n: number): Coroutine<Sample> {
  let count = 0;
  function* one(ms: number): Coroutine<void> {
    yield* sleep(ms);
    count++;
  }
  const from = nowNs();
  yield* gather(times(n, (i) => one(timerDelayMs(i))));
  const total = nowNs() - from;
  expect(count, n, 'timers');
  return { ops: n, total };
}

export function* cancel(n: number): Coroutine<Sample> {
  let cleaned = 0;
  function* one(): Coroutine<void> {
    try {
      yield* sleep(LONG_MS);
    } finally {
      cleaned++;
    }
  }
  const tasks: Task<void>[] = times(n, () => createTask(one()));
  yield* sleep(0);
  const from = nowNs();
  for (const task of tasks) task.cancel();
  const ended = yield* gather(tasks, { returnExceptions: true });
  const total = nowNs() - from;
  expect(cleaned, n, 'clean-ups');
  expect(ended.filter((end) => end instanceof CancelledError).length, n, 'cancelled');
  return { ops: n, total };
}

export function* timeout(n: number): Coroutine<Sample> {
  let count = 0;
  function* body(): Coroutine<void> {
    yield* sleep(0);
    count++;
  }
  const from = nowNs();
  for (let i = 0; i < n; i++) yield* asyncWith(timeoutAfter(LONG_MS), body);
  const total = nowNs() - from;
  expect(count, n, 'timeouts');
  return { ops: n, total };
}
