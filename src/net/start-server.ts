import type { Coroutine } from '../core/coroutine.ts';
import { createServer } from './at-first-use.ts';
import { checkFunction, checkInteger } from './check.ts';
import type { ServerOptions } from './create-server.ts';
import { networkOf } from './network.ts';
import type { Server } from './server.ts';
import { StreamReader } from './stream-reader.ts';
import { type OnConnection, StreamReaderProtocol } from './stream-reader-protocol.ts';

export interface StartServerOptions extends ServerOptions {
  /** In bytes: the limit of each StreamReader, default 64 KiB. */
  readonly limit?: number | undefined;
}

/**
 * Serves TCP connections: `onConnection(reader, writer)` is called for each; when it is a coroutine function it runs as
 * a task. An error in it goes to the exception handler, and that connection is closed.
 *
 * Throws OSError (EADDRINUSE with address and port, …), NameError, RangeError for a bad port, TypeError.
 *
 * @example
 * const server = yield* startServer(function* (reader, writer) {
 *   yield* asyncFor(reader, function* (line) { writer.write(line); yield* writer.drain(); });
 *   writer.close();
 * }, { host: '127.0.0.1', port: 8888 });
 * yield* server.serveForever();
 *
 * Differs from asyncio: with port 0 and several addresses all get the same port where that is possible.
 */
export function* startServer(onConnection: OnConnection, options: StartServerOptions): Coroutine<Server> {
  checkFunction(onConnection, 'startServer', 'a function of a reader and a writer');
  const limit = options?.limit;
  if (limit !== undefined) checkInteger(limit, 'startServer: limit', 1);
  const network = networkOf();
  const { scheduler } = network;
  const make = (): StreamReaderProtocol =>
    new StreamReaderProtocol(scheduler, new StreamReader({ limit, loop: scheduler }), onConnection);
  return yield* createServer(network, make, options);
}
