import { RuntimeError } from '../core/errors.ts';
import type { Scheduler } from '../core/scheduler.ts';
import { runningScheduler } from '../core/scheduler.ts';
import type { Driver } from '../io/driver.ts';
import type { FileReader } from './file-reader.ts';
import type { Resolver } from './resolver.ts';
import type { SocketFiles } from './socket-files.ts';
import type { TlsLoader } from './tls-engine.ts';

/** What a loop gives to the network layer. */
export interface Network {
  readonly scheduler: Scheduler;
  /** Made at the first use, so that a program without I/O loads no driver. Throws when none can work here. */
  readonly driver: Driver;
  readonly resolver: Resolver;
  readonly socketFiles: SocketFiles;
  readonly fileReader: FileReader;
  readonly loadTls: TlsLoader;
}

/** A loop that has a network. */
export interface NetworkLoop {
  readonly network: Network;
}

/** The network of `loop`, or of the running loop. Throws RuntimeError when it has none, as a loop in virtual time. */
export function networkOf(loop?: object): Network {
  const given = loop ?? runningScheduler().loop;
  const network = (given as Partial<NetworkLoop>).network;
  if (network === undefined) {
    throw new RuntimeError('this event loop has no network (runVirtual: virtual time and real sockets do not mix)');
  }
  return network;
}
