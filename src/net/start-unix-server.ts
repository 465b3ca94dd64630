import type { Coroutine } from '../core/coroutine.ts';
import type { UnixAddress } from '../io/address.ts';
import { createUnixServer } from './at-first-use.ts';
import { checkFunction, checkInteger } from './check.ts';
import type { UnixServerOptions } from './create-unix-server.ts';
import { networkOf } from './network.ts';
import type { Server } from './server.ts';
import { StreamReader } from './stream-reader.ts';
import { type OnConnection, StreamReaderProtocol } from './stream-reader-protocol.ts';

export interface StartUnixServerOptions extends UnixServerOptions {
  /** In bytes: the limit of each StreamReader, default 64 KiB. */
  readonly limit?: number | undefined;
}

/**
 * Serves connections to a unix socket, as `startServer` those of TCP. The socket's file is removed when the server is
 * closed; `'\0name'` is a name in Linux's abstract namespace, and no file.
 *
 * Throws OSError (EADDRINUSE, EACCES, … with the path as `address`), RangeError, TypeError.
 *
 * @example
 * const server = yield* startUnixServer(serve, '/run/bar.sock', { mode: 0o660 });
 * yield* server.serveForever();
 */
export function* startUnixServer(
  onConnection: OnConnection,
  path: string | undefined,
  options: StartUnixServerOptions = {},
): Coroutine<Server<UnixAddress>> {
  checkFunction(onConnection, 'startUnixServer', 'a function of a reader and a writer');
  const limit = options?.limit;
  if (limit !== undefined) checkInteger(limit, 'startUnixServer: limit', 1);
  const network = networkOf();
  const { scheduler } = network;
  const make = (): StreamReaderProtocol =>
    new StreamReaderProtocol(scheduler, new StreamReader({ limit, loop: scheduler }), onConnection);
  return yield* createUnixServer(network, make, path, options);
}
