import type { Readable } from 'node:stream';
import type { TLSSocket } from 'node:tls';

/** Node's own half of a stream that JavaScript code implements; TLS reads from it and writes to it. */
interface StreamHandle {
  readBuffer(data: Uint8Array): void;
  finishWrite(request: object, status: number): void;
  onwrite(request: object, buffers: Buffer[]): number;
  onshutdown(request: object): number;
}

/**
 * The short way between a TLS socket and the memory that it has for a network.
 *
 * Node lets what a TLS socket writes pass through a Duplex and calls the write done in an immediate of its own, so that
 * each record costs a round of Node's loop. The handle below knows no such need: it takes what has arrived at once, and
 * calls a write done as soon as nothing of TLS is on the stack. Where the handle is not as known (it is no public
 * interface of Node's), the Duplex goes on as before.
 */
export class MemoryHandle {
  readonly #handle: StreamHandle;
  readonly #pipe: Readable;
  readonly #requests: object[] = [];
  #depth = 0;

  /** Undefined where there is no such handle. */
  static of(socket: TLSSocket, pipe: Readable, written: (data: Buffer) => void): MemoryHandle | undefined {
    const { _handle: outer } = socket as unknown as { _handle?: { _parent?: Partial<StreamHandle> } };
    const handle = outer?._parent;
    if (typeof handle?.readBuffer !== 'function' || typeof handle.finishWrite !== 'function') return undefined;
    if (typeof handle.onwrite !== 'function' || typeof handle.onshutdown !== 'function') return undefined;
    return new MemoryHandle(handle as StreamHandle, pipe, written);
  }

  private constructor(handle: StreamHandle, pipe: Readable, written: (data: Buffer) => void) {
    this.#handle = handle;
    this.#pipe = pipe;
    handle.onwrite = (request, buffers) => {
      for (const data of buffers) written(data);
      this.#requests.push(request);
      // Not asked for by us: an answer of the peer's that came through the pipe, or of a callback of the program's.
      if (this.#depth === 0) setImmediate(() => this.#finish());
      return 0;
    };
    const shutdown = handle.onshutdown;
    handle.onshutdown = (request) => {
      if (this.#requests.length === 0) return shutdown.call(handle, request);
      // The goodbye waits behind a write that is not called done yet.
      setImmediate(() => {
        this.#finish();
        shutdown.call(handle, request);
      });
      return 0;
    };
  }

  /** Nothing of what TLS has written is on its way. */
  get idle(): boolean {
    return this.#depth === 0 && this.#requests.length === 0 && this.#pipe.readableLength === 0;
  }

  /** What came from the network; false when that has to go through the pipe, because something before it still is there. */
  receive(data: Uint8Array): boolean {
    if (this.#pipe.readableLength > 0) return false;
    this.during(() => this.#handle.readBuffer(data));
    return true;
  }

  /** Everything that makes TLS write is done in here. */
  during(action: () => void): void {
    this.#finish();
    this.#depth += 1;
    try {
      action();
    } finally {
      this.#depth -= 1;
    }
    this.#finish();
  }

  #finish(): void {
    while (this.#depth === 0 && this.#requests.length > 0) {
      const request = this.#requests.shift()!;
      this.#depth = 1;
      try {
        this.#handle.finishWrite(request, 0);
      } finally {
        this.#depth = 0;
      }
    }
  }
}
