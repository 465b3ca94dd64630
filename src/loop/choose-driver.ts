import { RuntimeError } from '../core/errors.ts';
import { EpollDriver } from '../drivers/epoll/driver.ts';
import { probeEpoll } from '../drivers/epoll/probe.ts';
import { IoUringDriver } from '../drivers/io-uring/driver.ts';
import { probeIoUring } from '../drivers/io-uring/probe.ts';
import { NodeDriver } from '../drivers/node/driver.ts';
import { keepFreedMemory } from '../ffi/malloc.ts';
import { unfitRuntime } from '../ffi/runtime.ts';
import { uvPollUnavailable } from '../ffi/uv-poll.ts';
import type { Driver, DriverName } from '../io/driver.ts';
import type { IoChoice } from './io-choice.ts';

/** A driver that was to be used, and why it cannot be. */
export interface Fallback {
  readonly name: DriverName;
  readonly reason: string;
}

export interface Choice {
  readonly driver: Driver;
  /** What was tried before, in order. */
  readonly fallbacks: readonly Fallback[];
}

const IN_ORDER: readonly DriverName[] = ['io_uring', 'epoll', 'node'];

/** Undefined when the driver works here, else the reason why not. The probes remember what they found. */
export function whyNot(name: DriverName): string | undefined {
  // Where Node runs, its own modules do.
  if (name === 'node') return undefined;
  const unfit = unfitRuntime();
  if (unfit !== undefined) return unfit;
  const probe = name === 'io_uring' ? probeIoUring() : probeEpoll();
  return probe.ok ? uvPollUnavailable() : probe.reason;
}

function make(name: DriverName): Driver {
  if (name === 'node') return new NodeDriver();
  keepFreedMemory();
  return name === 'io_uring' ? new IoUringDriver() : new EpollDriver();
}

/** Throws RuntimeError, with the reason, when the driver that was asked for cannot work here. `auto` always finds one. */
export function chooseDriver(io: IoChoice): Choice {
  const fallbacks: Fallback[] = [];
  for (const name of io === 'auto' ? IN_ORDER : [io]) {
    const reason = whyNot(name);
    if (reason === undefined) return { driver: make(name), fallbacks };
    fallbacks.push({ name, reason });
  }
  const reasons = fallbacks.map(({ name, reason }) => `${name}: ${reason}`).join('; ');
  throw new RuntimeError(`the driver that was asked for cannot be used (${reasons})`);
}
