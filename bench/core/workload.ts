/** The scheduling workloads, in the order of the table, with how many operations one call of each makes. */
export const WORKLOADS = {
  switch: { n: 100_000, about: 'ten tasks cede in turn (sleep(0)); per switch' },
  call: { n: 300_000, about: 'await a coroutine that does not suspend; per call' },
  chain: { n: 20_000, about: 'await ten nested coroutines, the innermost of which cedes once; per chain' },
  spawn: { n: 50_000, about: 'make a task that returns at once, and await it; per task' },
  gather: { n: 10_000, about: 'gather 10,000 coroutines that cede once; per coroutine' },
  queue: { n: 100_000, about: 'one producer, one consumer, a queue that holds 64; per item' },
  lock: { n: 20_000, about: 'a hundred tasks want one lock and each cedes while it holds it; per acquisition' },
  event: { n: 10_000, about: '10,000 tasks wait for an event, it is set, all run, ten times over; per wake-up' },
  timers: { n: 100_000, about: '100,000 tasks sleep 0.1 to 10 ms each, all at once; per task' },
  cancel: { n: 10_000, about: 'cancel 10,000 sleeping tasks that clean up in `finally`, and await them; per task' },
  timeout: { n: 20_000, about: 'a timeout of 10 s around one switch, which never fires; per timeout' },
  memory: { n: 50_000, about: 'a task that waits for an event: bytes' },
} as const;

export type WorkloadName = keyof typeof WORKLOADS;

export interface Sample {
  readonly ops: number;
  /** Nanoseconds of wall time; for `memory`, bytes. */
  readonly total: number;
}

/** Does its job `n` times, checks its own result (throws when it is wrong), and leaves its set-up out of `total`. */
export type Workload = (n: number) => Promise<Sample>;

export interface Peer {
  readonly version: string;
  readonly workloads: Readonly<Record<WorkloadName, Workload>>;
}

/** How many tasks share the work of `switch` and of `lock`, and how often `event` is set. */
export const SWITCHING_TASKS = 10;
export const LOCKING_TASKS = 100;
export const EVENT_ROUNDS = 10;
export const QUEUE_SIZE = 64;
export const CHAIN_DEPTH = 10;
/** In milliseconds: longer than any run, so that it never comes to its end. */
export const LONG_MS = 10_000;

/** In milliseconds: 0.1 to 10, each as often as the others, in no order. */
export const timerDelayMs = (i: number): number => (((i * 7919) % 100) + 1) / 10;

export function expect(found: number, wanted: number, what: string): void {
  if (found !== wanted) throw new Error(`${what}: ${found} instead of ${wanted}`);
}

export const nowNs = (): number => performance.now() * 1e6;

/** Bytes in use after the garbage is gone, on and off the JavaScript heap. */
export function bytesInUse(): number {
  const collect = (globalThis as { gc?: () => void }).gc;
  if (collect === undefined) throw new Error('memory wants node --expose-gc');
  collect();
  collect();
  const usage = process.memoryUsage();
  return usage.heapUsed + usage.external;
}
