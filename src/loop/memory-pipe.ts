import { Duplex } from 'node:stream';

/** Where a TLS socket believes the network to be. */
export class MemoryPipe extends Duplex {
  readonly #written: (data: Buffer) => void;
  readonly #ended: () => void;

  constructor(written: (data: Buffer) => void, ended: () => void) {
    // Flow control is not made here: what comes in is used up at once, what goes out is counted further down.
    super({ allowHalfOpen: true, decodeStrings: true });
    this.#written = written;
    this.#ended = ended;
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#written(chunk);
    done();
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#ended();
    done();
  }
}
