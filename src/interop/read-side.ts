import type { Readable } from 'node:stream';
import type { Coroutine } from '../core/coroutine.ts';
import { CancelledError } from '../core/errors.ts';
import type { Scheduler } from '../core/scheduler.ts';
import { spawn } from '../core/spawn.ts';
import type { Task } from '../core/task.ts';
import type { StreamReader } from '../net/stream-reader.ts';

/** How a stream of Node's takes from a StreamReader: one task a read, and none while Node has enough. */
export class ReadSide {
  readonly #reader: StreamReader;
  readonly #scheduler: Scheduler;
  #task: Task<void> | undefined = undefined;

  constructor(reader: StreamReader, scheduler: Scheduler) {
    this.#reader = reader;
    this.#scheduler = scheduler;
  }

  /** Node's `_read`. */
  read(size: number, stream: Readable): void {
    if (this.#task === undefined) this.#task = spawn(this.#scheduler, this.#pull(size, stream));
  }

  *#pull(size: number, stream: Readable): Coroutine<void> {
    try {
      const data = yield* this.#reader.read(size);
      // Before the push, which may ask for more at once.
      this.#task = undefined;
      stream.push(data.length === 0 ? null : data);
    } catch (error) {
      this.#task = undefined;
      if (stream.destroyed) throw error;
      stream.destroy(error instanceof CancelledError ? endOfLoop(error, stream) : (error as Error));
    }
  }

  /** A read that is under way takes nothing. */
  cancel(): void {
    if (this.#task !== undefined && !this.#scheduler.closed) this.#task.cancel();
  }
}

/**
 * `run` cancels what is left when main is done. That is an error for whoever reads on, but no reason to break a program
 * in which nobody does: an 'error' without a listener ends the process.
 */
export function endOfLoop(error: CancelledError, stream: { listenerCount(name: string): number }): Error | undefined {
  return stream.listenerCount('error') > 0 ? error : undefined;
}
