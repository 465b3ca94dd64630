import { type Coroutine, describeValue } from '../core/coroutine.ts';
import { checkFunction, checkOptions } from './check.ts';
import type { Network } from './network.ts';
import type { BufferedProtocol, Protocol } from './protocol.ts';
import { Socket } from './socket.ts';
import { startTransport } from './start-transport.ts';
import type { TlsServerOptions } from './tls-options.ts';
import { serverTls } from './tls-settings.ts';
import type { Transport } from './transport.ts';

/** A transport for a connection that was accepted by other means: asyncio's `loop.connect_accepted_socket`. */
export function* connectAcceptedSocket<P extends Protocol | BufferedProtocol>(
  network: Network,
  protocolFactory: () => P,
  socket: Socket,
  options: TlsServerOptions = {},
): Coroutine<[Transport, P]> {
  const what = 'connectAcceptedSocket';
  checkFunction(protocolFactory, what, 'a function that makes a protocol');
  if (!(socket instanceof Socket)) throw new TypeError(`${what} expects a Socket, got ${describeValue(socket)}`);
  if (socket.type !== 'stream') throw new RangeError(`${what} expects a stream socket, got ${socket}`);
  checkOptions(options, what);
  const tls = yield* serverTls(network, options, what);
  const fd = socket.detach();
  network.driver.adopt?.(fd);
  return yield* startTransport(network, fd, protocolFactory, tls);
}
