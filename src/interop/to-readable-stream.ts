import type { ReadableByteStreamController, ReadableStream } from 'node:stream/web';
import { runningScheduler } from '../core/scheduler.ts';
import { spawn } from '../core/spawn.ts';
import type { Task } from '../core/task.ts';
import { StreamReader } from '../net/stream-reader.ts';
import { nodeWebStreams } from '../node/builtins.ts';
import { checkStream } from './check-stream.ts';

/** In bytes: as much as a receive gives at most. */
const CHUNK_SIZE = 64 * 1024;

/**
 * A web ReadableStream (of bytes) over a StreamReader: for `new Response(…)`, `fetch`'s `body`, `pipeTo`. It reads when it
 * is asked to and not ahead, so the sender is held back as long as nobody takes. Its `cancel` leaves the connection
 * alone, which is still its writer's.
 *
 * Throws TypeError for what is no StreamReader, RuntimeError when no loop runs.
 *
 * @example
 * const text = yield* wrapFuture(new Response(toReadableStream(reader)).text());
 */
export function toReadableStream(reader: StreamReader): ReadableStream<Uint8Array> {
  checkStream(reader, StreamReader, 'toReadableStream');
  const scheduler = runningScheduler();
  let task: Task<Buffer> | undefined;
  return new (nodeWebStreams().ReadableStream)(
    {
      type: 'bytes',
      async pull(controller: ReadableByteStreamController) {
        task = spawn(scheduler, reader.read(CHUNK_SIZE));
        const data = await task;
        if (data.length === 0) {
          controller.close();
          // Somebody who reads into memory of his own waits for an answer besides.
          controller.byobRequest?.respond(0);
        } else {
          // Copied: a byte stream takes the memory for its own, and a small Buffer shares it with others.
          controller.enqueue(new Uint8Array(data));
        }
      },
      cancel() {
        if (!scheduler.closed) task?.cancel();
      },
    },
    { highWaterMark: 0 },
  );
}
