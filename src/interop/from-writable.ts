import type { StreamWriter } from '../net/stream-writer.ts';
import { type AnyWritable, writableHalfOf } from './node-stream-of.ts';
import { connectStreams } from './stream-connection.ts';

/**
 * A StreamWriter over a Writable of Node's or a web WritableStream of bytes. `drain` waits for the stream to take what was
 * written, `close` and `writeEof` end it, `waitClosed` waits until it is closed and throws its error,
 * `transport.abort` destroys it. Of a Duplex (a transform, a socket) it is the writable side alone.
 *
 * Throws TypeError for a stream of objects, RuntimeError for one that is over, and when no loop runs.
 *
 * @example
 * yield* asyncWith(fromWritable(createWriteStream('bar.txt')), function* (writer) { writer.write(data); yield* writer.drain(); });
 */
export function fromWritable(sink: AnyWritable): StreamWriter {
  return connectStreams({ writable: writableHalfOf(sink, 'fromWritable') }, {})[1];
}
