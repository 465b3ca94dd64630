import { copyContext } from '../core/context.ts';
import type { Coroutine } from '../core/coroutine.ts';
import { Future } from '../core/future.ts';
import { makeProtocol } from './make-protocol.ts';
import type { Network } from './network.ts';
import type { BufferedProtocol, Protocol } from './protocol.ts';
import { settle, started } from './started.ts';
import { StreamTransport } from './stream-transport.ts';
import type { TlsSettings } from './tls-settings.ts';
import { TlsTransport } from './tls-transport.ts';
import type { Transport } from './transport.ts';

/**
 * The transport of a connected socket, after `connectionMade`, with TLS after the handshake. Takes over the descriptor,
 * also when it throws.
 */
export function* startTransport<P extends Protocol | BufferedProtocol>(
  network: Network,
  fd: number,
  protocolFactory: () => P,
  tls?: TlsSettings,
): Coroutine<[Transport, P]> {
  let protocol: P;
  try {
    protocol = makeProtocol(protocolFactory);
  } catch (error) {
    network.driver.close(fd);
    throw error;
  }
  if (tls !== undefined) return [yield* startOverTls(network, fd, protocol, tls), protocol];
  const transport = new StreamTransport(network, fd, protocol, undefined, copyContext());
  yield* started(network, transport);
  return [transport, protocol];
}

function* startOverTls(
  network: Network,
  fd: number,
  protocol: Protocol | BufferedProtocol,
  settings: TlsSettings,
): Coroutine<Transport> {
  const { scheduler } = network;
  const ready = new Future<void>({ loop: scheduler });
  const transport = new TlsTransport(scheduler, settings, protocol, {
    announce: true,
    context: copyContext(),
    ready: (error) => settle(ready, error),
  });
  const raw = new StreamTransport(network, fd, transport.lower, undefined, copyContext());
  scheduler.push({ run: () => raw.start() });
  try {
    yield* ready;
  } catch (error) {
    raw.abort();
    throw error;
  }
  return transport;
}
