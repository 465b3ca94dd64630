import {
  addLateness,
  COUNTS,
  cancelKey,
  DELAYS_MS,
  delayOf,
  FAR_MS,
  fireKey,
  NEAR_MS,
  nsEach,
  SAMPLES,
  type Times,
  WARM_UPS,
} from '../workload.ts';

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const times: Times = {};
for (const delay of DELAYS_MS) {
  const lateness: number[] = [];
  for (let i = 0; i < SAMPLES; i += 1) {
    const from = performance.now();
    await sleep(delay);
    lateness.push(performance.now() - from - delay);
  }
  addLateness(times, delay, lateness);
}
function cancelMany(count: number): number {
  global.gc?.();
  const from = performance.now();
  const timers: NodeJS.Timeout[] = [];
  for (let i = 0; i < count; i += 1) timers.push(setTimeout(() => {}, delayOf(i, FAR_MS)));
  for (const timer of timers) clearTimeout(timer);
  return nsEach(from, count);
}

for (let i = 0; i < WARM_UPS; i += 1) cancelMany(COUNTS[0]!);
for (const count of COUNTS) times[cancelKey(count)] = cancelMany(count);
for (const count of COUNTS) {
  global.gc?.();
  const from = performance.now();
  let left = count;
  await new Promise<void>((resolve) => {
    const fired = (): void => {
      left -= 1;
      if (left === 0) resolve();
    };
    for (let i = 0; i < count; i += 1) setTimeout(fired, delayOf(i, NEAR_MS));
  });
  times[fireKey(count)] = nsEach(from + NEAR_MS, count);
}
console.log(JSON.stringify(times));
