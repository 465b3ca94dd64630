/** Runs programs on a network in memory, in virtual time: the same run for the same seed, and a hang is found at once. */
import type { Clock, Scheduler } from '../../../src/core/scheduler.ts';
import { setRunningScheduler } from '../../../src/core/scheduler.ts';
import type { Driver } from '../../../src/io/driver.ts';
import { EventLoop, type ExceptionHandler } from '../../../src/loop/event-loop.ts';
import type { Host } from '../../../src/loop/host.ts';
import { type Main, runNow } from '../../../src/loop/lifecycle.ts';
import { LoopNetwork } from '../../../src/loop/loop-network.ts';

/** More turns than any program here needs: those who go round for ever are not waiting, so no deadlock is found. */
const MOST_TURNS = 1_000_000;

class MemoryHost implements Host {
  #now = 0;
  readonly clock: Clock = { now: () => this.#now, virtual: true };
  readonly #driver: Driver;

  constructor(driver: Driver) {
    this.#driver = driver;
  }

  run(scheduler: Scheduler, stopping: () => boolean, onStuck: () => void): undefined {
    const before = setRunningScheduler(scheduler);
    try {
      for (let turns = 0; !stopping(); turns++) {
        if (turns > MOST_TURNS) throw new Error(`no end after ${MOST_TURNS} turns`);
        this.#driver.flush();
        this.#driver.poll();
        if (scheduler.ready.length === 0) {
          if (!this.#driver.prepareSleep(undefined)) continue;
          const deadline = scheduler.timers.next();
          if (deadline === undefined) {
            onStuck();
            return;
          }
          this.#now = Math.max(this.#now, deadline);
        }
        scheduler.turn();
      }
    } finally {
      setRunningScheduler(before);
    }
  }

  close(): void {
    this.#driver.dispose();
  }
}

/** Puts `driver` under a loop that would make one of its own; as that one, it shows from its first use on. */
export function withDriver(network: LoopNetwork, driver: Driver): LoopNetwork {
  let used = false;
  const use = (): Driver => {
    used = true;
    return driver;
  };
  return Object.defineProperties(network, {
    driver: { get: use },
    driverIfMade: { get: () => (used ? driver : undefined) },
    info: { get: () => ({ name: used ? driver.name : undefined, fallbacks: [] }) },
  });
}

/** As `runVirtual`, with a network on `driver`, which is disposed of. Throws DeadlockError for a program that hangs. */
export function runOnDriver<T>(driver: Driver, main: Main<T>, exceptionHandler?: ExceptionHandler): T {
  const host = new MemoryHost(driver);
  const loop = new EventLoop(host, (scheduler) => withDriver(new LoopNetwork(scheduler, 'auto', () => {}), driver));
  loop.setExceptionHandler(exceptionHandler);
  return runNow(loop, main);
}
