import type { Coroutine } from '../core/coroutine.ts';
import { createUnixConnection } from './at-first-use.ts';
import type { UnixConnectionOptions } from './create-unix-connection.ts';
import { networkOf } from './network.ts';
import { StreamReader } from './stream-reader.ts';
import { StreamReaderProtocol } from './stream-reader-protocol.ts';
import { StreamWriter } from './stream-writer.ts';

export interface OpenUnixConnectionOptions extends UnixConnectionOptions {
  /** In bytes: the limit of the StreamReader, default 64 KiB. */
  readonly limit?: number | undefined;
}

/**
 * Connects to a unix socket and gives a reader and a writer. `'\0name'` is a name in Linux's abstract namespace.
 *
 * Throws OSError (ENOENT, ECONNREFUSED, …), RangeError, TypeError, RuntimeError in virtual time.
 *
 * @example
 * const [reader, writer] = yield* openUnixConnection('/run/bar.sock');
 */
export function* openUnixConnection(
  path: string | undefined,
  options: OpenUnixConnectionOptions = {},
): Coroutine<[StreamReader, StreamWriter]> {
  const network = networkOf();
  const reader = new StreamReader({ limit: options?.limit, loop: network.scheduler });
  const make = (): StreamReaderProtocol => new StreamReaderProtocol(network.scheduler, reader);
  const [transport, protocol] = yield* createUnixConnection(network, make, path, options);
  return [reader, new StreamWriter(transport, protocol, reader)];
}
