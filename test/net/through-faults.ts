/** What `onEachDriver` does with its drivers, for a process in which all suites run through faults. */

import { type Coroutine, sleep } from 'tsyncio';
import { UvPoll } from '../../src/ffi/uv-poll.ts';
import type { Driver, DriverName } from '../../src/io/driver.ts';
import { chooseDriver } from '../../src/loop/choose-driver.ts';
import { EventLoop } from '../../src/loop/event-loop.ts';
import { LoopNetwork } from '../../src/loop/loop-network.ts';
import { NodeHost } from '../../src/loop/node-host.ts';
import { Random } from '../differential/generate/random.ts';
import { FaultyDriver } from '../support/faults/faulty-driver.ts';
import { withDriver } from '../support/faults/memory-loop.ts';
import { LAWFUL } from '../support/faults/plan.ts';

let next: number | undefined;

/** From now on, in this process, every driver makes up faults; each one others. */
export function goThroughFaults(seed: number): void {
  next = seed;
}

/** A loop whose driver is disturbed, or undefined where none is to be. */
export function faultyLoop(io: DriverName): EventLoop | undefined {
  if (next === undefined) return undefined;
  const plan = { random: new Random(next++), odds: LAWFUL };
  const driver: Driver = new FaultyDriver(chooseDriver(io).driver, plan);
  const host = new NodeHost();
  host.attach(driver, driver.readyFd === undefined ? undefined : new UvPoll(driver.readyFd, host.ready));
  return new EventLoop(host, (scheduler) => withDriver(new LoopNetwork(scheduler, io, () => {}), driver));
}

/** In turns: more than any completion is kept back for. */
const MOST_TURNS = 50;

/** Where completions come late, what a program has left to end gets some turns for it. */
export function* afterFaults(over: () => boolean): Coroutine<void> {
  if (next === undefined) return;
  for (let turns = 0; turns < MOST_TURNS && !over(); turns++) yield* sleep(0);
}
