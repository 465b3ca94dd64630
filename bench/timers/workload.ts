/** What each peer does; asyncio_timers.py has the same figures. */
import { median } from '../lib/stats.ts';

/** In milliseconds. */
export const DELAYS_MS = [0.1, 0.2, 0.5, 1, 2, 5, 10];
export const SAMPLES = 100;
/** Of the least count, before anything counts. */
export const WARM_UPS = 30;
export const COUNTS = [1_000, 10_000, 100_000, 1_000_000];
/** Timers that are cancelled are due within this time, in milliseconds, and those that fire within that. */
export const FAR_MS = 3_600_000;
export const NEAR_MS = 50;
/** Scatters the deadlines in the same way in each peer: multiplied by a number, modulo one. */
export const GOLDEN = 0.618_033_988_749_895;

export type Times = Record<string, number>;

export function addLateness(times: Times, delayMs: number, lateness: readonly number[]): void {
  const sorted = [...lateness].sort((a, b) => a - b);
  times[`${delayMs} ms, median`] = median(sorted);
  times[`${delayMs} ms, p99`] = sorted[Math.floor(sorted.length * 0.99)]!;
}

export const cancelKey = (count: number): string => `${count.toLocaleString('en-US')} cancelled`;
export const fireKey = (count: number): string => `${count.toLocaleString('en-US')} fired`;
export const delayOf = (i: number, within: number): number => ((i * GOLDEN) % 1) * within;
export const nsEach = (fromMs: number, count: number): number => ((performance.now() - fromMs) * 1e6) / count;
