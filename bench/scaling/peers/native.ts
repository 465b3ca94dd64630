import { armingMs, CEDES, cpuNs, delayOf, expect, FAR_MS, NEAR_MS, nowNs, type Peer } from '../workload.ts';

async function spawn(n: number): Promise<number> {
  let count = 0;
  async function one(): Promise<void> {
    for (let i = 0; i < CEDES; i += 1) await undefined;
    count += 1;
  }
  const from = nowNs();
  const tasks = new Array<Promise<void>>(n);
  for (let i = 0; i < n; i += 1) tasks[i] = one();
  for (const task of tasks) await task;
  const took = nowNs() - from;
  expect(count, n, 'tasks');
  return took;
}

async function addOneLater(i: number): Promise<number> {
  await undefined;
  return i + 1;
}

async function gather(n: number): Promise<number> {
  const from = nowNs();
  const parts = new Array<Promise<number>>(n);
  for (let i = 0; i < n; i += 1) parts[i] = addOneLater(i);
  const results = await Promise.all(parts);
  const took = nowNs() - from;
  expect(results.length, n, 'results');
  expect(results[n - 1]!, n, 'last result');
  return took;
}

async function event(n: number): Promise<number> {
  const waiters: (() => void)[] = [];
  let count = 0;
  async function one(): Promise<void> {
    await new Promise<void>((resolve) => waiters.push(resolve));
    count += 1;
  }
  const tasks = new Array<Promise<void>>(n);
  for (let i = 0; i < n; i += 1) tasks[i] = one();
  const from = nowNs();
  for (const wake of waiters) wake();
  while (count < n) await undefined;
  const took = nowNs() - from;
  await Promise.all(tasks);
  return took;
}

async function fired(n: number): Promise<number> {
  const from = cpuNs();
  let left = n;
  await new Promise<void>((resolve) => {
    const fire = (): void => {
      left -= 1;
      if (left === 0) resolve();
    };
    const due = performance.now() + armingMs(n);
    for (let i = 0; i < n; i += 1) setTimeout(fire, due + delayOf(i, NEAR_MS) - performance.now());
  });
  return cpuNs() - from;
}

async function cancelled(n: number): Promise<number> {
  const from = nowNs();
  const timers = new Array<NodeJS.Timeout>(n);
  for (let i = 0; i < n; i += 1) timers[i] = setTimeout(() => {}, delayOf(i, FAR_MS));
  for (const timer of timers) clearTimeout(timer);
  return nowNs() - from;
}

export const peer: Peer = { spawn, gather, event, fired, cancelled };
