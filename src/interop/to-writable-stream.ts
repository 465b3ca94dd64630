import type { WritableStream } from 'node:stream/web';
import { runningScheduler } from '../core/scheduler.ts';
import { checkBytes } from '../net/check.ts';
import { StreamWriter } from '../net/stream-writer.ts';
import { nodeWebStreams } from '../node/builtins.ts';
import { checkStream } from './check-stream.ts';
import { WriteSide } from './write-side.ts';

function settled(start: (done: (error?: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    start((error) => (error == null ? resolve() : reject(error)));
  });
}

/**
 * A web WritableStream (of bytes) over a StreamWriter, with the writer's flow control: for `pipeTo`. Its `close` ends our
 * side of the connection, where sides can end alone; the connection is still the writer's, to be closed by it. Its
 * `abort` aborts the connection.
 *
 * Throws TypeError for what is no StreamWriter, RuntimeError when no loop runs.
 *
 * @example
 * yield* wrapFuture((signal) => response.body.pipeTo(toWritableStream(writer), { signal }));
 */
export function toWritableStream(writer: StreamWriter): WritableStream<Uint8Array> {
  checkStream(writer, StreamWriter, 'toWritableStream');
  const side = new WriteSide(writer, runningScheduler());
  return new (nodeWebStreams().WritableStream)<Uint8Array>({
    write(chunk) {
      checkBytes(chunk, 'toWritableStream: write');
      return settled((done) => side.write([chunk], done));
    },
    close: () => settled((done) => side.finish(done)),
    abort: () => side.abort(),
  });
}
