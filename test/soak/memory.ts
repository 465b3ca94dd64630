/** The soak on a network in memory and in virtual time, with faults by a plan: a run is its seed. */
import type { EventLoop, ExceptionContext } from 'tsyncio';
import { Random } from '../differential/generate/random.ts';
import { FaultyDriver } from '../support/faults/faulty-driver.ts';
import { MemoryDriver } from '../support/faults/memory-driver.ts';
import { runOnDriver } from '../support/faults/memory-loop.ts';
import { HOSTILE, type Odds } from '../support/faults/plan.ts';
import { TcpService } from './services.ts';
import { prepareStreams, visitors } from './soak.ts';
import { World } from './world.ts';

export interface MemoryReport {
  readonly failures: readonly string[];
  readonly bytes: number;
  readonly done: ReadonlyMap<string, number>;
  /** Errors that were made up. */
  readonly faults: ReadonlyMap<string, number>;
}

export function soakInMemory(seed: number, odds: Odds, actions: number): MemoryReport {
  const world = new World('memory', odds === HOSTILE);
  const driver = new FaultyDriver(new MemoryDriver(), { random: new Random(seed), odds });
  let left = actions;
  const main = function* () {
    const weighted = yield* prepareStreams(world, [new TcpService('tcp', false)]);
    yield* visitors(world, weighted, seed, () => left-- > 0);
  };
  const report = (_loop: EventLoop, context: ExceptionContext): void => {
    // What an operator is told when the system is short of something: no fault of ours.
    if (!context.message.startsWith('accept')) world.reported(context);
  };
  try {
    runOnDriver(driver, main, report);
  } catch (error) {
    world.fail('the program', error);
  }
  const { inFlight, openSockets } = driver.stats;
  if (inFlight + openSockets > 0) world.fail('after the end', `${inFlight} operations, ${openSockets} sockets`);
  return { failures: world.failures, bytes: world.tally.bytes, done: world.tally.done, faults: driver.faults };
}
