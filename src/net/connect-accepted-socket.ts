import type { Coroutine } from '../core/coroutine.ts';
import { checkFunction, checkOptions } from './check.ts';
import { checkSocketLike, type SocketLike, takeStream } from './given-socket.ts';
import type { Network } from './network.ts';
import type { BufferedProtocol, Protocol } from './protocol.ts';
import { startTransport } from './start-transport.ts';
import type { TlsServerOptions } from './tls-options.ts';
import { serverTls } from './tls-settings.ts';
import type { Transport } from './transport.ts';

/** A transport for a connection that was accepted by other means: asyncio's `loop.connect_accepted_socket`. */
export function* connectAcceptedSocket<P extends Protocol | BufferedProtocol>(
  network: Network,
  protocolFactory: () => P,
  socket: SocketLike,
  options: TlsServerOptions = {},
): Coroutine<[Transport, P]> {
  const what = 'connectAcceptedSocket';
  checkFunction(protocolFactory, what, 'a function that makes a protocol');
  checkSocketLike(socket, what, 'stream');
  checkOptions(options, what);
  const tls = yield* serverTls(network, options, what);
  return yield* startTransport(network, takeStream(network, socket, what), protocolFactory, tls);
}
