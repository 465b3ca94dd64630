import { describeValue } from '../core/coroutine.ts';
import type { StreamReader } from '../net/stream-reader.ts';
import type { StreamWriter } from '../net/stream-writer.ts';
import { type AnyReadable, type AnyWritable, readableOf, writableOf } from './node-stream-of.ts';
import { connectStreams, type FromStreamOptions } from './stream-connection.ts';

/** Both directions as two streams, as web streams have them: `new CompressionStream('gzip')`. */
export interface StreamPair {
  readonly readable: AnyReadable;
  readonly writable: AnyWritable;
}

/**
 * A reader and a writer over a Duplex of Node's (a socket, a transform) or a pair of streams, of Node's or of the web.
 * `writeEof` ends the writable side alone; `close` ends it and then closes both. See `fromReadable` and `fromWritable`.
 *
 * Throws TypeError for what are no streams of bytes, RuntimeError for streams that are over, and when no loop runs.
 *
 * @example
 * const [reader, writer] = fromDuplex(net.connect(8888));
 * const [zipped, plain] = fromDuplex(new CompressionStream('gzip'));
 */
export function fromDuplex(
  duplex: NodeJS.ReadWriteStream | StreamPair,
  options: FromStreamOptions = {},
): [StreamReader, StreamWriter] {
  if (typeof duplex !== 'object' || duplex === null) {
    throw new TypeError(`fromDuplex expects a Duplex or a pair of streams, got ${describeValue(duplex)}`);
  }
  // A Duplex has these two as well, but there they are booleans.
  const pair = typeof duplex.readable === 'object' ? (duplex as StreamPair) : undefined;
  const readable = readableOf(pair?.readable ?? (duplex as NodeJS.ReadWriteStream), 'fromDuplex');
  const writable = writableOf(pair?.writable ?? (duplex as NodeJS.ReadWriteStream), 'fromDuplex');
  return connectStreams({ readable, writable }, options);
}
