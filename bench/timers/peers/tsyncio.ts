import { type Coroutine, getRunningLoop, run, sleep, startServer, type TimerHandle } from '../../../src/index.ts';
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

function* lateness(times: Times): Coroutine<void> {
  for (const delay of DELAYS_MS) {
    const late: number[] = [];
    for (let i = 0; i < SAMPLES; i += 1) {
      const from = performance.now();
      yield* sleep(delay);
      late.push(performance.now() - from - delay);
    }
    addLateness(times, delay, late);
  }
}

function cancelMany(count: number): number {
  const loop = getRunningLoop();
  global.gc?.();
  const from = performance.now();
  const timers: TimerHandle[] = [];
  for (let i = 0; i < count; i += 1) timers.push(loop.callLater(delayOf(i, FAR_MS), () => {}));
  for (const timer of timers) timer.cancel();
  return nsEach(from, count);
}

function* fireMany(count: number): Coroutine<number> {
  const loop = getRunningLoop();
  global.gc?.();
  const from = performance.now();
  const all = loop.createFuture<void>();
  let left = count;
  const fired = (): void => {
    left -= 1;
    if (left === 0) all.setResult();
  };
  for (let i = 0; i < count; i += 1) loop.callLater(delayOf(i, NEAR_MS), fired);
  yield* all;
  return nsEach(from + NEAR_MS, count);
}

function* main(): Coroutine<void> {
  // A server that nobody calls: the driver is there, and waits.
  const needed = process.env.TSYNCIO_BENCH_IO !== 'none';
  const server = needed ? yield* startServer(function* () {}, { host: '127.0.0.1', port: 0 }) : undefined;
  const times: Times = {};
  yield* lateness(times);
  for (let i = 0; i < WARM_UPS; i += 1) {
    cancelMany(COUNTS[0]!);
    yield* sleep(0);
  }
  for (const count of COUNTS) {
    times[cancelKey(count)] = cancelMany(count);
    yield* sleep(0);
  }
  for (const count of COUNTS) times[fireKey(count)] = yield* fireMany(count);
  console.log(JSON.stringify(times));
  server?.close();
}

await run(main());
