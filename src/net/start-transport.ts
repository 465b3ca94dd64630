import { copyContext } from '../core/context.ts';
import type { Coroutine } from '../core/coroutine.ts';
import { Future } from '../core/future.ts';
import { makeProtocol } from './make-protocol.ts';
import type { Network } from './network.ts';
import type { BufferedProtocol, Protocol } from './protocol.ts';
import { StreamTransport } from './stream-transport.ts';

/** The transport of a connected socket, after `connectionMade`. Takes over the descriptor, also when it throws. */
export function* startTransport<P extends Protocol | BufferedProtocol>(
  network: Network,
  fd: number,
  protocolFactory: () => P,
): Coroutine<[StreamTransport, P]> {
  let protocol: P;
  try {
    protocol = makeProtocol(protocolFactory);
  } catch (error) {
    network.driver.close(fd);
    throw error;
  }
  const transport = new StreamTransport(network, fd, protocol, undefined, copyContext());
  const started = new Future<void>({ loop: network.scheduler });
  // In a turn of its own: the protocol's callbacks are not part of this task.
  network.scheduler.push({
    run: () => {
      transport.start();
      if (!started.done()) started.setResult();
    },
  });
  try {
    yield* started;
  } catch (error) {
    transport.close();
    throw error;
  }
  return [transport, protocol];
}
