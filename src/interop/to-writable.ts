import { Writable } from 'node:stream';
import { runningScheduler, type Scheduler } from '../core/scheduler.ts';
import { StreamWriter } from '../net/stream-writer.ts';
import { checkStream } from './check-stream.ts';
import { WriteSide } from './write-side.ts';

class WritableOfWriter extends Writable {
  readonly #side: WriteSide;

  constructor(writer: StreamWriter, scheduler: Scheduler) {
    super();
    this.#side = new WriteSide(writer, scheduler);
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#side.write([chunk], done);
  }

  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.#side.writeAll(chunks, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#side.finish(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    // Else the other side would take what it has for the whole.
    if (error !== null || !this.writableFinished) this.#side.abort();
    done(error);
  }
}

/**
 * A Writable of Node's over a StreamWriter, with the writer's flow control. `end` ends our side of the connection, where
 * sides can end alone; the connection is still the writer's, to be closed by it. Destroyed before its end it aborts the
 * connection, so that nobody takes a part for the whole.
 *
 * Throws TypeError for what is no StreamWriter, RuntimeError when no loop runs.
 *
 * @example
 * yield* wrapFuture(pipeline(createReadStream('bar.txt'), createGzip(), toWritable(writer)));
 */
export function toWritable(writer: StreamWriter): Writable {
  checkStream(writer, StreamWriter, 'toWritable');
  return new WritableOfWriter(writer, runningScheduler());
}
