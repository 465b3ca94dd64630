import { Writable } from 'node:stream';
import type { WritableStream, WritableStreamDefaultWriter } from 'node:stream/web';
import { RuntimeError } from '../core/errors.ts';

/**
 * A Writable over a web WritableStream. Not Node's own `Writable.fromWeb`, which closes the web stream when it is
 * destroyed without an error: its sink would take a part for the whole.
 */
export class WritableOfWeb extends Writable {
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;

  /** Throws TypeError when the stream is locked. */
  constructor(stream: WritableStream<Uint8Array>) {
    super();
    this.#writer = stream.getWriter();
    this.#writer.closed.catch((error: Error) => this.destroy(error));
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    const writer = this.#writer;
    // Its error comes by `closed`.
    writer.write(chunk).catch(() => {});
    // Not when it is written but when it wants more: that is its backpressure.
    writer.ready.then(() => done(), done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#writer.close().then(() => done(), done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (this.writableFinished) {
      done(error);
      return;
    }
    const reason = error ?? new RuntimeError('the stream was closed before its end');
    // It may have failed itself: that is what brought us here.
    this.#writer.abort(reason).then(
      () => done(error),
      (failure: Error) => done(error ?? failure),
    );
  }
}
