import type { Coroutine } from '../core/coroutine.ts';
import type { Scheduler } from '../core/scheduler.ts';
import { spawn } from '../core/spawn.ts';
import { AT_ONCE } from '../net/flow-control.ts';
import type { StreamWriter } from '../net/stream-writer.ts';

type Done = (error?: Error | null) => void;

/** How streams of Node's and of the web give to a StreamWriter: `done` is called when it may take more. */
export class WriteSide {
  readonly #writer: StreamWriter;
  readonly #scheduler: Scheduler;

  constructor(writer: StreamWriter, scheduler: Scheduler) {
    this.#writer = writer;
    this.#scheduler = scheduler;
  }

  write(chunks: readonly Uint8Array[], done: Done): void {
    let drain: Coroutine<void>;
    try {
      // Copied: a stream's chunk may be used again once it is taken, ours only once it is sent.
      for (const chunk of chunks) this.#writer.write(Buffer.from(chunk));
      drain = this.#writer.drain();
    } catch (error) {
      done(error as Error);
      return;
    }
    if (drain === AT_ONCE) done();
    else this.#afterwards(drain, done);
  }

  /** What a stream of Node's has collected: its `_writev`. */
  writeAll(entries: readonly { readonly chunk: Buffer }[], done: Done): void {
    const chunks = entries.map(({ chunk }) => chunk);
    this.write(chunks, done);
  }

  /** No more will be written: our side of the connection ends, where sides can end alone; else the connection. */
  finish(done: Done): void {
    try {
      if (this.#writer.canWriteEof()) this.#writer.writeEof();
      else this.#writer.close();
    } catch (error) {
      done(error as Error);
      return;
    }
    done();
  }

  abort(): void {
    if (!this.#scheduler.closed) this.#writer.transport.abort();
  }

  /** Ends the connection, with a reset after an error; `done` when the socket is released. */
  close(error: Error | null, done: Done): void {
    if (this.#scheduler.closed) {
      done(error);
      return;
    }
    if (error === null) this.#writer.close();
    else this.#writer.transport.abort();
    this.#afterwards(this.#writer.waitClosed(), (failure) => done(error ?? failure));
  }

  #afterwards(coroutine: Coroutine<void>, done: Done): void {
    const wait = function* (): Coroutine<void> {
      try {
        yield* coroutine;
      } catch (error) {
        done(error as Error);
        return;
      }
      done();
    };
    try {
      spawn(this.#scheduler, wait());
    } catch (error) {
      // The loop is closed.
      done(error as Error);
    }
  }
}
