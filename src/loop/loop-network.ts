import type { Scheduler } from '../core/scheduler.ts';
import type { Driver, DriverName } from '../io/driver.ts';
import type { Network } from '../net/network.ts';
import { chooseDriver } from './at-first-use.ts';
import type { Choice, Fallback } from './choose-driver.ts';
import type { IoChoice } from './io-choice.ts';
import { loadNodeTls } from './load-node-tls.ts';
import { nodeFileReader } from './node-file-reader.ts';
import { nodeResolver } from './node-resolver.ts';
import { nodeSocketFiles } from './node-socket-files.ts';

/** Which driver a loop has, and why not another. */
export interface DriverInfo {
  /** Undefined while none is needed: it is made at the first use of the network. */
  readonly name: DriverName | undefined;
  readonly fallbacks: readonly Fallback[];
}

/** The network of a loop inside Node. The driver is made at its first use: programs without I/O load no FFI. */
export class LoopNetwork implements Network {
  readonly scheduler: Scheduler;
  readonly resolver = nodeResolver;
  readonly socketFiles = nodeSocketFiles;
  readonly fileReader = nodeFileReader;
  readonly loadTls = loadNodeTls;
  readonly #io: IoChoice;
  readonly #attach: (driver: Driver) => void;
  #choice: Choice | undefined = undefined;

  constructor(scheduler: Scheduler, io: IoChoice, attach: (driver: Driver) => void) {
    this.scheduler = scheduler;
    this.#io = io;
    this.#attach = attach;
  }

  get driver(): Driver {
    return (this.#choice ?? this.#make()).driver;
  }

  /** The driver if there is one already. */
  get driverIfMade(): Driver | undefined {
    return this.#choice?.driver;
  }

  get info(): DriverInfo {
    return { name: this.#choice?.driver.name, fallbacks: this.#choice?.fallbacks ?? [] };
  }

  #make(): Choice {
    this.scheduler.checkOpen();
    const choice = chooseDriver(this.#io);
    this.#choice = choice;
    this.#attach(choice.driver);
    if (this.scheduler.debug) {
      for (const { name, reason } of choice.fallbacks) {
        console.warn(`tsyncio: ${name} cannot be used, trying the next driver: ${reason}`);
      }
    }
    return choice;
  }
}
