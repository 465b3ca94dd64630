import type { StreamReader } from '../net/stream-reader.ts';
import { type AnyReadable, readableOf } from './node-stream-of.ts';
import { connectStreams, type FromStreamOptions } from './stream-connection.ts';

/**
 * A StreamReader over a Readable of Node's or a web ReadableStream of bytes: `readLine`, `readExactly` and `readUntil` for
 * `response.body`, `process.stdin`, a file, a decompressor. With more than twice the limit unread the stream is paused.
 * Its error is what the next read throws; destroyed before its end, that is `ERR_STREAM_PREMATURE_CLOSE`.
 *
 * Throws TypeError for a stream of objects or text, RuntimeError for one that is over, and when no loop runs.
 *
 * @example
 * const response = yield* wrapFuture(fetch(url, { signal: taskSignal() }));
 * yield* asyncFor(fromReadable(response.body!), function* (line) { … });
 */
export function fromReadable(source: AnyReadable, options: FromStreamOptions = {}): StreamReader {
  return connectStreams({ readable: readableOf(source, 'fromReadable') }, options)[0];
}
