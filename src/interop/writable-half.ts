import { type Duplex, Writable } from 'node:stream';
import { RuntimeError } from '../core/errors.ts';

/**
 * The writable side of a Duplex alone: a socket, a transform. A transport closes its stream when it has ended it, and that
 * would cut off what others still have to read from the other side.
 */
export class WritableHalf extends Writable {
  readonly #duplex: Duplex;

  constructor(duplex: Duplex) {
    super();
    this.#duplex = duplex;
    duplex.on('error', (error) => this.destroy(error));
    duplex.on('close', () => {
      if (!duplex.writableFinished) this.destroy(new RuntimeError('the stream was closed before its end'));
    });
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    // Its error comes as an event, which says it first.
    this.#duplex.write(chunk, encoding, (error) => {
      if (!error) done();
    });
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#duplex.end(() => done());
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (!this.writableFinished) this.#duplex.destroy(error ?? undefined);
    done(error);
  }
}
