import type { Coroutine } from '../core/coroutine.ts';
import { listenOnDescriptor, type SocketLike, takeDescriptor } from './given-socket.ts';
import type { Network } from './network.ts';
import { listenOn } from './socket-operation.ts';

/** Begins to listen on a bound socket, which is the driver's from now on; gives its number there. Throws OSError. */
export function* listenOnGiven(network: Network, given: SocketLike, backlog: number, what: string): Coroutine<number> {
  const { driver } = network;
  if (typeof given === 'number' && driver.descriptors === undefined) return yield* listenOn(network, given, backlog);
  listenOnDescriptor(network, given, backlog, what);
  return takeDescriptor(network, given, what);
}
