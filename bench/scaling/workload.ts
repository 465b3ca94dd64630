/** What is done with n things at once. Each checks its own result. */
export const WORKLOADS = {
  spawn: 'n tasks, all alive at once, cede three times each and are awaited; per task',
  gather: 'gather n coroutines that cede once; per coroutine',
  event: 'n tasks wait for an event, it is set, all run; per wake-up',
  fired: 'n timers, all armed before the first is due, fire within a millisecond; CPU time per timer',
  cancelled: 'n timers of up to an hour are armed, then cancelled; per timer',
} as const;

export type WorkloadName = keyof typeof WORKLOADS;

export const COUNTS = [100, 1_000, 10_000, 100_000, 1_000_000];
export const CEDES = 3;
/** In milliseconds: timers that are cancelled are due within the first, those that fire within the second. */
export const FAR_MS = 3_600_000;
export const NEAR_MS = 1;
/** Scatters the deadlines in the same way in each peer: multiplied by a number, modulo one. */
const GOLDEN = 0.618_033_988_749_895;
export const delayOf = (i: number, within: number): number => ((i * GOLDEN) % 1) * within;

/** In milliseconds: later than it takes to arm them, so that each is pending at the same time as all the others. */
export const armingMs = (n: number): number => 2 + n / 500;

/** Does its job once with `n` things, and gives the nanoseconds that it took. */
export type Workload = (n: number) => Promise<number>;
export type Peer = Readonly<Record<WorkloadName, Workload>>;

export function expect(found: number, wanted: number, what: string): void {
  if (found !== wanted) throw new Error(`${what}: ${found} instead of ${wanted}`);
}

export const nowNs = (): number => performance.now() * 1e6;

/** Of all threads of the process, so the collector's helpers count. */
export function cpuNs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1_000;
}
