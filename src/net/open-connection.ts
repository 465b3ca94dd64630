import type { Coroutine } from '../core/coroutine.ts';
import { createConnection } from './at-first-use.ts';
import type { ConnectionOptions } from './create-connection.ts';
import { networkOf } from './network.ts';
import { StreamReader } from './stream-reader.ts';
import { StreamReaderProtocol } from './stream-reader-protocol.ts';
import { StreamWriter } from './stream-writer.ts';

export interface OpenConnectionOptions extends ConnectionOptions {
  /** In bytes: the limit of the StreamReader, default 64 KiB. */
  readonly limit?: number | undefined;
}

/**
 * Connects to a TCP server and gives a reader and a writer.
 *
 * Throws OSError (ECONNREFUSED, …), NameError (ENOTFOUND), RangeError for a bad port, TypeError, RuntimeError in virtual time.
 *
 * @example
 * const [reader, writer] = yield* openConnection({ host: '127.0.0.1', port: 8888 });
 * writer.write(Buffer.from('hello\n'));
 * console.log(String(yield* reader.readLine()));
 * writer.close();
 * yield* writer.waitClosed();
 *
 * Differs from asyncio: host and port go into the options.
 */
export function* openConnection(options: OpenConnectionOptions): Coroutine<[StreamReader, StreamWriter]> {
  const network = networkOf();
  const reader = new StreamReader({ limit: options?.limit, loop: network.scheduler });
  const make = (): StreamReaderProtocol => new StreamReaderProtocol(network.scheduler, reader);
  const [transport, protocol] = yield* createConnection(network, make, options);
  return [reader, new StreamWriter(transport, protocol, reader)];
}
