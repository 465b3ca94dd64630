import type { Scheduler } from '../core/scheduler.ts';
import type { Driver } from '../io/driver.ts';

/** What a loop has done since it was made. All network figures are 0 while it has no driver. */
export interface LoopStatistics {
  /** Passes over what was ready. */
  readonly turns: number;
  /** Handles and task steps run in them. */
  readonly hops: number;
  /** Tasks that are not done. */
  readonly tasks: number;
  /** How often it looked for completions. */
  readonly looks: number;
  /** Completions found: pieces of data, accepted connections, ends of operations. */
  readonly completions: number;
  /** Calls of the kernel made to send, receive and wait. */
  readonly syscalls: number;
  /** Operations under way now. */
  readonly inFlight: number;
  /** Sockets open now. */
  readonly sockets: number;
}

export function loopStatistics(scheduler: Scheduler, driver: Driver | undefined): LoopStatistics {
  const stats = driver?.stats;
  return {
    turns: scheduler.turns,
    hops: scheduler.hops,
    tasks: scheduler.tasks.size,
    looks: stats?.polls ?? 0,
    completions: stats?.completions ?? 0,
    syscalls: stats?.syscalls ?? 0,
    inFlight: stats?.inFlight ?? 0,
    sockets: stats?.openSockets ?? 0,
  };
}
