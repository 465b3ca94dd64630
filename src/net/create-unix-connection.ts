import type { Coroutine } from '../core/coroutine.ts';
import { checkFunction, checkOptions } from './check.ts';
import { checkExclusive, checkSocketLike, type SocketLike, takeStream } from './given-socket.ts';
import type { Network } from './network.ts';
import type { BufferedProtocol, Protocol } from './protocol.ts';
import { connectTo } from './socket-operation.ts';
import { startTransport } from './start-transport.ts';
import type { TlsClientOptions } from './tls-options.ts';
import { clientTls } from './tls-settings.ts';
import type { Transport } from './transport.ts';
import { unixAddress } from './unix-path.ts';

/** With `tls`, `serverHostname` must be given: a path is no name. */
export interface UnixConnectionOptions extends TlsClientOptions {
  /** A unix stream socket that is connected already, in place of the path; the transport takes it over. */
  readonly sock?: SocketLike | undefined;
}

/**
 * Connects to a unix socket: asyncio's `loop.create_unix_connection`.
 *
 * Throws OSError (ENOENT, ECONNREFUSED, EACCES, ENAMETOOLONG, … with the path as `address`), RangeError, TypeError.
 */
export function* createUnixConnection<P extends Protocol | BufferedProtocol>(
  network: Network,
  protocolFactory: () => P,
  path: string | undefined,
  options: UnixConnectionOptions = {},
): Coroutine<[Transport, P]> {
  checkFunction(protocolFactory, 'createUnixConnection', 'a function that makes a protocol');
  checkOptions(options, 'createUnixConnection');
  if (options.tls && options.serverHostname === undefined) {
    throw new RangeError('createUnixConnection: tls needs serverHostname, the name in the server’s certificate');
  }
  const { sock } = options;
  checkExclusive(sock, { path }, 'createUnixConnection');
  if (sock !== undefined) checkSocketLike(sock, 'createUnixConnection', 'stream', true);
  const tls = yield* clientTls(network, options, '');
  const fd =
    sock === undefined
      ? yield* connectTo(network, unixAddress(path, 'createUnixConnection'))
      : takeStream(network, sock, 'createUnixConnection');
  return yield* startTransport(network, fd, protocolFactory, tls);
}
