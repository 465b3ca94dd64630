import { Readable } from 'node:stream';
import { runningScheduler, type Scheduler } from '../core/scheduler.ts';
import { StreamReader } from '../net/stream-reader.ts';
import { checkStream } from './check-stream.ts';
import { ReadSide } from './read-side.ts';

class ReadableOfReader extends Readable {
  readonly #side: ReadSide;

  constructor(reader: StreamReader, scheduler: Scheduler) {
    super();
    this.#side = new ReadSide(reader, scheduler);
  }

  override _read(size: number): void {
    this.#side.read(size, this);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#side.cancel();
    done(error);
  }
}

/**
 * A Readable of Node's over a StreamReader, for `pipeline` and every library that takes streams. It reads when it is
 * asked to, so the sender is held back as long as nobody takes; the reader's error destroys it. Destroying it leaves the
 * connection alone, which is still its writer's.
 *
 * Throws TypeError for what is no StreamReader, RuntimeError when no loop runs.
 *
 * @example
 * yield* wrapFuture(pipeline(toReadable(reader), createGunzip(), createWriteStream('bar.txt')));
 */
export function toReadable(reader: StreamReader): Readable {
  checkStream(reader, StreamReader, 'toReadable');
  return new ReadableOfReader(reader, runningScheduler());
}
