/**
 * Effection's side of the scheduling workloads. It has neither lock, event nor bounded queue: these are built from its
 * `action` and `withResolvers`. JavaScript, so that the root compiles without it.
 */
import { readFileSync } from 'node:fs';
import {
  action,
  all,
  call as callOperation,
  race,
  run,
  sleep,
  spawn as spawnOperation,
  withResolvers,
} from 'effection';
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

const times = (n, make) => Array.from({ length: n }, (_, i) => make(i));
const nothing = () => {};
/** The cheapest thing that lets others run. */
const cede = () =>
  action((resolve) => {
    queueMicrotask(resolve);
    return nothing;
  });

class Mutex {
  locked = false;
  waiting = [];

  *acquire() {
    if (!this.locked) this.locked = true;
    else
      yield* action((resolve) => {
        this.waiting.push(resolve);
        return nothing;
      });
  }

  release() {
    const next = this.waiting.shift();
    if (next === undefined) this.locked = false;
    else next();
  }
}

class BoundedQueue {
  items = [];
  putters = [];
  getters = [];

  *put(item) {
    while (this.items.length >= QUEUE_SIZE)
      yield* action((resolve) => {
        this.putters.push(resolve);
        return nothing;
      });
    this.items.push(item);
    this.getters.shift()?.();
  }

  *get() {
    while (this.items.length === 0)
      yield* action((resolve) => {
        this.getters.push(resolve);
        return nothing;
      });
    const item = this.items.shift();
    this.putters.shift()?.();
    return item;
  }
}

function* cedes(n) {
  let count = 0;
  function* one() {
    for (let i = 0; i < n / SWITCHING_TASKS; i++) {
      yield* cede();
      count++;
    }
  }
  const from = nowNs();
  yield* all(times(SWITCHING_TASKS, one));
  const total = nowNs() - from;
  expect(count, n, 'switches');
  return { ops: n, total };
}

function* addOne(i) {
  return i + 1;
}

function* call(n) {
  const from = nowNs();
  let sum = 0;
  for (let i = 0; i < n; i++) sum += yield* addOne(i);
  const total = nowNs() - from;
  expect(sum, (n * (n + 1)) / 2, 'sum');
  return { ops: n, total };
}

function* level(depth) {
  if (depth > 1) return (yield* level(depth - 1)) + 1;
  yield* cede();
  return 1;
}

function* chain(n) {
  const from = nowNs();
  let sum = 0;
  for (let i = 0; i < n; i++) sum += yield* level(CHAIN_DEPTH);
  const total = nowNs() - from;
  expect(sum, n * CHAIN_DEPTH, 'levels');
  return { ops: n, total };
}

function* spawn(n) {
  const from = nowNs();
  let sum = 0;
  for (let i = 0; i < n; i++) sum += yield* yield* spawnOperation(() => addOne(i));
  const total = nowNs() - from;
  expect(sum, (n * (n + 1)) / 2, 'sum');
  return { ops: n, total };
}

function* addOneLater(i) {
  yield* cede();
  return i + 1;
}

function* gather(n) {
  const from = nowNs();
  const results = yield* all(times(n, addOneLater));
  const total = nowNs() - from;
  expect(results.length, n, 'results');
  expect(results[n - 1], n, 'last result');
  return { ops: n, total };
}

function* queue(n) {
  const items = new BoundedQueue();
  let sum = 0;
  const from = nowNs();
  const consumer = yield* spawnOperation(function* () {
    for (let i = 0; i < n; i++) sum += yield* items.get();
  });
  for (let i = 0; i < n; i++) yield* items.put(i);
  yield* consumer;
  const total = nowNs() - from;
  expect(sum, (n * (n - 1)) / 2, 'sum');
  return { ops: n, total };
}

function* lock(n) {
  const mutex = new Mutex();
  let inside = 0;
  let count = 0;
  function* one() {
    for (let i = 0; i < n / LOCKING_TASKS; i++) {
      yield* mutex.acquire();
      try {
        expect(++inside, 1, 'holders of the lock');
        yield* cede();
        inside--;
        count++;
      } finally {
        mutex.release();
      }
    }
  }
  const from = nowNs();
  yield* all(times(LOCKING_TASKS, one));
  const total = nowNs() - from;
  expect(count, n, 'acquisitions');
  return { ops: n, total };
}

function* event(n) {
  const events = times(EVENT_ROUNDS, () => withResolvers());
  let count = 0;
  const tasks = [];
  for (let i = 0; i < n; i++)
    tasks.push(
      yield* spawnOperation(function* () {
        for (let round = 0; round < EVENT_ROUNDS; round++) {
          yield* events[round].operation;
          count++;
        }
      }),
    );
  yield* sleep(1);
  const from = nowNs();
  for (let round = 0; round < EVENT_ROUNDS; round++) {
    events[round].resolve();
    while (count < n * (round + 1)) yield* cede();
  }
  const total = nowNs() - from;
  for (const task of tasks) yield* task;
  expect(count, n * EVENT_ROUNDS, 'wake-ups');
  return { ops: n * EVENT_ROUNDS, total };
}

function* timers(n) {
  let count = 0;
  function* one(i) {
    yield* sleep(timerDelayMs(i));
    count++;
  }
  const from = nowNs();
  yield* all(times(n, one));
  const total = nowNs() - from;
  expect(count, n, 'timers');
  return { ops: n, total };
}

function* cancel(n) {
  let cleaned = 0;
  const tasks = [];
  for (let i = 0; i < n; i++)
    tasks.push(
      yield* spawnOperation(function* () {
        try {
          yield* sleep(LONG_MS);
        } finally {
          cleaned++;
        }
      }),
    );
  yield* sleep(1);
  const from = nowNs();
  const halts = tasks.map((task) => task.halt());
  for (const halt of halts) yield* halt;
  const total = nowNs() - from;
  expect(cleaned, n, 'clean-ups');
  return { ops: n, total };
}

function* timeout(n) {
  let count = 0;
  function* body() {
    yield* cede();
    count++;
  }
  const from = nowNs();
  for (let i = 0; i < n; i++) yield* race([sleep(LONG_MS), callOperation(body)]);
  const total = nowNs() - from;
  expect(count, n, 'timeouts');
  return { ops: n, total };
}

function* memory(n) {
  const open = withResolvers();
  let count = 0;
  const tasks = new Array(n);
  const before = bytesInUse();
  for (let i = 0; i < n; i++)
    tasks[i] = yield* spawnOperation(function* () {
      yield* open.operation;
      count++;
    });
  yield* sleep(1);
  const total = bytesInUse() - before;
  open.resolve();
  for (const task of tasks) yield* task;
  expect(count, n, 'woken');
  return { ops: n, total };
}

const bodies = { switch: cedes, call, chain, spawn, gather, queue, lock, event, timers, cancel, timeout, memory };
const manifest = new URL('../../../../../node_modules/effection/package.json', import.meta.url);
export const peer = {
  version: JSON.parse(readFileSync(manifest, 'utf8')).version,
  workloads: Object.fromEntries(Object.entries(bodies).map(([name, body]) => [name, (n) => run(() => body(n))])),
};
