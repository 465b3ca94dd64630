/** Effect's side of the scheduling workloads, in its own idiom. JavaScript, so that the root compiles without it. */
import { readFileSync } from 'node:fs';
import { Deferred, Effect, Exit, Fiber, Latch, Queue, Semaphore } from 'effect';
import {
  bytesInUse,
  CHAIN_DEPTH,
  EVENT_ROUNDS,
  expect,
  LOCKING_TASKS,
  LONG_MS,
  nowNs,
  QUEUE_SIZE,
  SWITCHING_TASKS,
  timerDelayMs,
} from '../workload.js';

const UNBOUNDED = { concurrency: 'unbounded' };
/** `run(function* () {…})` as a promise. */
const run = (body) => Effect.runPromise(Effect.gen(body));
const times = (n, make) => Array.from({ length: n }, (_, i) => make(i));

const cedes = (n) =>
  run(function* () {
    let count = 0;
    const one = Effect.gen(function* () {
      for (let i = 0; i < n / SWITCHING_TASKS; i++) {
        yield* Effect.yieldNow;
        count++;
      }
    });
    const from = nowNs();
    yield* Effect.all(
      times(SWITCHING_TASKS, () => one),
      { ...UNBOUNDED, discard: true },
    );
    const total = nowNs() - from;
    expect(count, n, 'switches');
    return { ops: n, total };
  });

const addOne = Effect.fnUntraced(function* (i) {
  return i + 1;
});

const call = (n) =>
  run(function* () {
    const from = nowNs();
    let sum = 0;
    for (let i = 0; i < n; i++) sum += yield* addOne(i);
    const total = nowNs() - from;
    expect(sum, (n * (n + 1)) / 2, 'sum');
    return { ops: n, total };
  });

const level = Effect.fnUntraced(function* (depth) {
  if (depth > 1) return (yield* level(depth - 1)) + 1;
  yield* Effect.yieldNow;
  return 1;
});

const chain = (n) =>
  run(function* () {
    const from = nowNs();
    let sum = 0;
    for (let i = 0; i < n; i++) sum += yield* level(CHAIN_DEPTH);
    const total = nowNs() - from;
    expect(sum, n * CHAIN_DEPTH, 'levels');
    return { ops: n, total };
  });

const spawn = (n) =>
  run(function* () {
    const from = nowNs();
    let sum = 0;
    for (let i = 0; i < n; i++) sum += yield* Fiber.join(yield* Effect.forkChild(addOne(i)));
    const total = nowNs() - from;
    expect(sum, (n * (n + 1)) / 2, 'sum');
    return { ops: n, total };
  });

const addOneLater = Effect.fnUntraced(function* (i) {
  yield* Effect.yieldNow;
  return i + 1;
});

const gather = (n) =>
  run(function* () {
    const from = nowNs();
    const results = yield* Effect.all(times(n, addOneLater), UNBOUNDED);
    const total = nowNs() - from;
    expect(results.length, n, 'results');
    expect(results[n - 1], n, 'last result');
    return { ops: n, total };
  });

const queue = (n) =>
  run(function* () {
    const items = yield* Queue.bounded(QUEUE_SIZE);
    let sum = 0;
    const consume = Effect.gen(function* () {
      for (let i = 0; i < n; i++) sum += yield* Queue.take(items);
    });
    const from = nowNs();
    const consumer = yield* Effect.forkChild(consume);
    for (let i = 0; i < n; i++) yield* Queue.offer(items, i);
    yield* Fiber.join(consumer);
    const total = nowNs() - from;
    expect(sum, (n * (n - 1)) / 2, 'sum');
    return { ops: n, total };
  });

const lock = (n) =>
  run(function* () {
    const mutex = yield* Semaphore.make(1);
    let inside = 0;
    let count = 0;
    const hold = mutex.withPermits(1)(
      Effect.gen(function* () {
        expect(++inside, 1, 'holders of the lock');
        yield* Effect.yieldNow;
        inside--;
        count++;
      }),
    );
    const one = Effect.gen(function* () {
      for (let i = 0; i < n / LOCKING_TASKS; i++) yield* hold;
    });
    const from = nowNs();
    yield* Effect.all(
      times(LOCKING_TASKS, () => one),
      { ...UNBOUNDED, discard: true },
    );
    const total = nowNs() - from;
    expect(count, n, 'acquisitions');
    return { ops: n, total };
  });

const event = (n) =>
  run(function* () {
    const events = times(EVENT_ROUNDS, () => Latch.makeUnsafe(false));
    let count = 0;
    const one = Effect.gen(function* () {
      for (let round = 0; round < EVENT_ROUNDS; round++) {
        yield* events[round].await;
        count++;
      }
    });
    const tasks = [];
    for (let i = 0; i < n; i++) tasks.push(yield* Effect.forkChild(one));
    yield* Effect.sleep(1);
    const from = nowNs();
    for (let round = 0; round < EVENT_ROUNDS; round++) {
      yield* events[round].open;
      while (count < n * (round + 1)) yield* Effect.yieldNow;
    }
    const total = nowNs() - from;
    yield* Fiber.joinAll(tasks);
    expect(count, n * EVENT_ROUNDS, 'wake-ups');
    return { ops: n * EVENT_ROUNDS, total };
  });

const timers = (n) =>
  run(function* () {
    let count = 0;
    const one = (ms) =>
      Effect.gen(function* () {
        yield* Effect.sleep(ms);
        count++;
      });
    const from = nowNs();
    yield* Effect.all(
      times(n, (i) => one(timerDelayMs(i))),
      { ...UNBOUNDED, discard: true },
    );
    const total = nowNs() - from;
    expect(count, n, 'timers');
    return { ops: n, total };
  });

const cancel = (n) =>
  run(function* () {
    let cleaned = 0;
    const one = Effect.ensuring(
      Effect.sleep(LONG_MS),
      Effect.sync(() => {
        cleaned++;
      }),
    );
    const tasks = [];
    for (let i = 0; i < n; i++) tasks.push(yield* Effect.forkChild(one));
    yield* Effect.sleep(20); // until all have begun
    const from = nowNs();
    yield* Fiber.interruptAll(tasks);
    const ended = yield* Fiber.awaitAll(tasks);
    const total = nowNs() - from;
    expect(cleaned, n, 'clean-ups');
    expect(ended.filter(Exit.hasInterrupts).length, n, 'cancelled');
    return { ops: n, total };
  });

const timeout = (n) =>
  run(function* () {
    let count = 0;
    const body = Effect.gen(function* () {
      yield* Effect.yieldNow;
      count++;
    });
    const from = nowNs();
    for (let i = 0; i < n; i++) yield* Effect.timeout(body, LONG_MS);
    const total = nowNs() - from;
    expect(count, n, 'timeouts');
    return { ops: n, total };
  });

const memory = (n) =>
  run(function* () {
    const open = yield* Deferred.make();
    let count = 0;
    const one = Effect.gen(function* () {
      yield* Deferred.await(open);
      count++;
    });
    const tasks = new Array(n);
    const before = bytesInUse();
    for (let i = 0; i < n; i++) tasks[i] = yield* Effect.forkChild(one);
    yield* Effect.sleep(1);
    const total = bytesInUse() - before;
    yield* Deferred.succeed(open, undefined);
    yield* Fiber.joinAll(tasks);
    expect(count, n, 'woken');
    return { ops: n, total };
  });

const manifest = new URL('../../../../../node_modules/effect/package.json', import.meta.url);
export const peer = {
  version: JSON.parse(readFileSync(manifest, 'utf8')).version,
  workloads: { switch: cedes, call, chain, spawn, gather, queue, lock, event, timers, cancel, timeout, memory },
};
