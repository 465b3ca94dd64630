import type { Coroutine } from '../core/coroutine.ts';
import { checkFunction, checkOptions } from './check.ts';
import type { Network } from './network.ts';
import type { BufferedProtocol, Protocol } from './protocol.ts';
import { connectTo } from './socket-operation.ts';
import { startTransport } from './start-transport.ts';
import type { StreamTransport } from './stream-transport.ts';
import { unixAddress } from './unix-path.ts';

/** None yet: TLS will have its own here. */
export type UnixConnectionOptions = { readonly tls?: false | undefined };

/**
 * Connects to a unix socket: asyncio's `loop.create_unix_connection`.
 *
 * Throws OSError (ENOENT, ECONNREFUSED, EACCES, ENAMETOOLONG, … with the path as `address`), RangeError, TypeError.
 */
export function* createUnixConnection<P extends Protocol | BufferedProtocol>(
  network: Network,
  protocolFactory: () => P,
  path: string,
  options: UnixConnectionOptions = {},
): Coroutine<[StreamTransport, P]> {
  checkFunction(protocolFactory, 'createUnixConnection', 'a function that makes a protocol');
  checkOptions(options, 'createUnixConnection');
  const fd = yield* connectTo(network, unixAddress(path, 'createUnixConnection'));
  return yield* startTransport(network, fd, protocolFactory);
}
