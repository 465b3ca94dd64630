import {
  bytesInUse,
  CHAIN_DEPTH,
  EVENT_ROUNDS,
  expect,
  LOCKING_TASKS,
  LONG_MS,
  nowNs,
  type Peer,
  QUEUE_SIZE,
  type Sample,
  SWITCHING_TASKS,
  timerDelayMs,
} from '../workload.ts';
import {
  cedeUnlessAborted,
  deferred,
  PromiseLock,
  PromiseQueue,
  sleepUntilAborted,
  withTimeout,
} from './native-tools.ts';

async function cedes(n: number): Promise<Sample> {
  let count = 0;
  const one = async (times: number): Promise<void> => {
    for (let i = 0; i < times; i++) {
      await undefined;
      count++;
    }
  };
  const from = nowNs();
  const tasks = [];
  for (let i = 0; i < SWITCHING_TASKS; i++) tasks.push(one(n / SWITCHING_TASKS));
  await Promise.all(tasks);
  const total = nowNs() - from;
  expect(count, n, 'switches');
  return { ops: n, total };
}

async function addOne(i: number): Promise<number> {
  return i + 1;
}

async function call(n: number): Promise<Sample> {
  const from = nowNs();
  let sum = 0;
  for (let i = 0; i < n; i++) sum += await addOne(i);
  const total = nowNs() - from;
  expect(sum, (n * (n + 1)) / 2, 'sum');
  return { ops: n, total };
}

async function level(depth: number): Promise<number> {
  if (depth > 1) return (await level(depth - 1)) + 1;
  await undefined;
  return 1;
}

async function chain(n: number): Promise<Sample> {
  const from = nowNs();
  let sum = 0;
  for (let i = 0; i < n; i++) sum += await level(CHAIN_DEPTH);
  const total = nowNs() - from;
  expect(sum, n * CHAIN_DEPTH, 'levels');
  return { ops: n, total };
}

/** There is no task to make: calling an async function starts it, and its promise is what is joined. */
async function spawn(n: number): Promise<Sample> {
  const from = nowNs();
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const task = addOne(i);
    sum += await task;
  }
  const total = nowNs() - from;
  expect(sum, (n * (n + 1)) / 2, 'sum');
  return { ops: n, total };
}

async function addOneLater(i: number): Promise<number> {
  await undefined;
  return i + 1;
}

async function gather(n: number): Promise<Sample> {
  const from = nowNs();
  const parts: Promise<number>[] = [];
  for (let i = 0; i < n; i++) parts.push(addOneLater(i));
  const results = await Promise.all(parts);
  const total = nowNs() - from;
  expect(results.length, n, 'results');
  expect(results[n - 1]!, n, 'last result');
  return { ops: n, total };
}

async function queue(n: number): Promise<Sample> {
  const items = new PromiseQueue<number>(QUEUE_SIZE);
  let sum = 0;
  const consume = async (): Promise<void> => {
    for (let i = 0; i < n; i++) sum += await items.get();
  };
  const from = nowNs();
  const consumer = consume();
  for (let i = 0; i < n; i++) await items.put(i);
  await consumer;
  const total = nowNs() - from;
  expect(sum, (n * (n - 1)) / 2, 'sum');
  return { ops: n, total };
}

async function lock(n: number): Promise<Sample> {
  const mutex = new PromiseLock();
  let inside = 0;
  let count = 0;
  const one = async (times: number): Promise<void> => {
    for (let i = 0; i < times; i++) {
      await mutex.acquire();
      try {
        expect(++inside, 1, 'holders of the lock');
        await undefined;
        inside--;
        count++;
      } finally {
        mutex.release();
      }
    }
  };
  const from = nowNs();
  const tasks = [];
  for (let i = 0; i < LOCKING_TASKS; i++) tasks.push(one(n / LOCKING_TASKS));
  await Promise.all(tasks);
  const total = nowNs() - from;
  expect(count, n, 'acquisitions');
  return { ops: n, total };
}

async function event(n: number): Promise<Sample> {
  const events = Array.from({ length: EVENT_ROUNDS }, deferred);
  let count = 0;
  const one = async (): Promise<void> => {
    for (let round = 0; round < EVENT_ROUNDS; round++) {
      await events[round]!.promise;
      count++;
    }
  };
  const tasks: Promise<void>[] = [];
  for (let i = 0; i < n; i++) tasks.push(one());
  await undefined;
  const from = nowNs();
  for (let round = 0; round < EVENT_ROUNDS; round++) {
    events[round]!.resolve();
    while (count < n * (round + 1)) await undefined;
  }
  const total = nowNs() - from;
  await Promise.all(tasks);
  expect(count, n * EVENT_ROUNDS, 'wake-ups');
  return { ops: n * EVENT_ROUNDS, total };
}

async function timers(n: number): Promise<Sample> {
  let count = 0;
  const one = async (ms: number): Promise<void> => {
    await new Promise<void>((resolve) => setTimeout(resolve, ms));
    count++;
  };
  const from = nowNs();
  const tasks: Promise<void>[] = [];
  for (let i = 0; i < n; i++) tasks.push(one(timerDelayMs(i)));
  await Promise.all(tasks);
  const total = nowNs() - from;
  expect(count, n, 'timers');
  return { ops: n, total };
}

async function cancel(n: number): Promise<Sample> {
  let cleaned = 0;
  const one = async (signal: AbortSignal): Promise<void> => {
    try {
      await sleepUntilAborted(LONG_MS, signal);
    } finally {
      cleaned++;
    }
  };
  const controllers: AbortController[] = [];
  const tasks: Promise<void>[] = [];
  for (let i = 0; i < n; i++) {
    const controller = new AbortController();
    controllers.push(controller);
    tasks.push(one(controller.signal));
  }
  const from = nowNs();
  for (const controller of controllers) controller.abort();
  const ended = await Promise.allSettled(tasks);
  const total = nowNs() - from;
  expect(cleaned, n, 'clean-ups');
  expect(ended.filter((end) => end.status === 'rejected').length, n, 'cancelled');
  return { ops: n, total };
}

async function timeout(n: number): Promise<Sample> {
  let count = 0;
  const body = async (signal: AbortSignal): Promise<void> => {
    await cedeUnlessAborted(signal);
    count++;
  };
  const from = nowNs();
  for (let i = 0; i < n; i++) await withTimeout(LONG_MS, body);
  const total = nowNs() - from;
  expect(count, n, 'timeouts');
  return { ops: n, total };
}

async function memory(n: number): Promise<Sample> {
  const open = deferred();
  let count = 0;
  const one = async (): Promise<void> => {
    await open.promise;
    count++;
  };
  const tasks: Promise<void>[] = new Array(n);
  const before = bytesInUse();
  for (let i = 0; i < n; i++) tasks[i] = one();
  await new Promise((resolve) => setTimeout(resolve, 1));
  const total = bytesInUse() - before;
  open.resolve();
  await Promise.all(tasks);
  expect(count, n, 'woken');
  return { ops: n, total };
}

export const peer: Peer = {
  version: process.version,
  workloads: { switch: cedes, call, chain, spawn, gather, queue, lock, event, timers, cancel, timeout, memory },
};
