import { inspectCustom } from '../core/inspect.ts';
import { EAGAIN, EINTR, EPIPE } from '../io/errno.ts';
import { READABLE, WRITABLE } from '../io/operation.ts';
import { osError } from '../io/os-error.ts';
import { checkBytes, checkPieces } from './check.ts';
import type { BaseProtocol } from './endpoint.ts';
import { TransportClosedError } from './errors.ts';
import type { Network } from './network.ts';
import { PipeEnd, type Readiness } from './pipe-end.ts';
import { type WriteBufferLimits, WriteTransport } from './transport.ts';
import { WaterMarks } from './water-marks.ts';
import { WriteQueue } from './write-queue.ts';

/** Writes to a pipe or terminal: what `connectWritePipe` gives. */
export class WritePipeTransport extends WriteTransport {
  readonly #end: PipeEnd;
  readonly #writable: Readiness;
  /** Ready when the reader is gone. */
  readonly #hangUp: Readiness | undefined;
  readonly #queue = new WriteQueue();
  readonly #marks = new WaterMarks();
  /** Taken from the queue and not written. */
  #rest: Uint8Array = new Uint8Array(0);
  #paused = false;
  #closing = false;

  /** Takes over the descriptor. Call `start` next. */
  constructor(network: Network, fd: number, protocol: BaseProtocol) {
    super();
    const end = new PipeEnd(network, fd, protocol, this);
    this.#end = end;
    this.#writable = end.readiness(WRITABLE, () => this.#flush());
    // A terminal is readable when somebody types.
    this.#hangUp = end.kind === 'character' ? undefined : end.readiness(READABLE, () => this.#readerGone());
  }

  start(): void {
    this.#end.tell('connectionMade', () => this.#end.protocol.connectionMade(this), false);
    if (!this.#end.lost) this.#hangUp?.want(true);
  }

  getExtraInfo<T = unknown>(name: string, defaultValue?: T): T | undefined {
    return name === 'pipe' && !this.#end.released ? (this.#end.fd as T) : defaultValue;
  }

  setProtocol(protocol: BaseProtocol): void {
    this.#end.protocol = protocol;
  }

  getProtocol(): BaseProtocol {
    return this.#end.protocol;
  }

  isClosing(): boolean {
    return this.#closing || this.#end.lost;
  }

  write(data: Uint8Array): void {
    checkBytes(data, 'write');
    // The reader is gone, which is not known here in time.
    if (this.#end.lost && !this.#closing) return;
    if (this.#closing) {
      throw new TransportClosedError('ERR_TRANSPORT_CLOSED', 'write after close: the transport is closing or closed');
    }
    if (data.length === 0) return;
    let start = 0;
    if (this.getWriteBufferSize() === 0) {
      start = this.#try(data);
      if (start < 0) return;
    }
    if (start === data.length) return;
    this.#queue.push(data.subarray(start));
    this.#writable.want(true);
    this.#pauseIfFull();
  }

  writeLines(list: Iterable<Uint8Array>): void {
    for (const data of checkPieces(list)) this.write(data);
  }

  /** A pipe has no other direction: the same as `close`. */
  writeEof(): void {
    this.close();
  }

  canWriteEof(): boolean {
    return true;
  }

  close(): void {
    if (this.isClosing()) return;
    this.#closing = true;
    if (this.getWriteBufferSize() === 0) this.#end.lose(undefined);
  }

  abort(): void {
    this.#closing = true;
    this.#drop(undefined);
  }

  getWriteBufferSize(): number {
    return this.#rest.length + this.#queue.size;
  }

  getWriteBufferLimits(): { readonly low: number; readonly high: number } {
    return { low: this.#marks.low, high: this.#marks.high };
  }

  setWriteBufferLimits(limits?: WriteBufferLimits): void {
    this.#marks.set(limits);
    this.#pauseIfFull();
  }

  override toString(): string {
    const { fd, released, state } = this.#end;
    return `<WritePipeTransport fd=${released ? -1 : fd} ${state} unsent=${this.getWriteBufferSize()}>`;
  }

  [inspectCustom](): string {
    return this.toString();
  }

  /** How much of it was written; -1 when the pipe is broken. */
  #try(data: Uint8Array): number {
    const count = this.#end.calls.write(this.#end.fd, data);
    if (count >= 0) return count;
    if (count === -EAGAIN || count === -EINTR) return 0;
    this.#drop(osError(count, 'write'));
    return -1;
  }

  #flush(): void {
    if (this.#rest.length === 0) this.#rest = this.#queue.shift();
    const count = this.#try(this.#rest);
    if (count < 0) return;
    this.#rest = this.#rest.subarray(count);
    const left = this.getWriteBufferSize();
    if (left === 0) this.#writable.want(false);
    if (this.#paused && left <= this.#marks.low) {
      this.#paused = false;
      this.#end.tell('resumeWriting', () => this.#end.protocol.resumeWriting(), false);
    }
    if (this.#closing && this.getWriteBufferSize() === 0) this.#end.lose(undefined);
  }

  #readerGone(): void {
    this.#drop(this.getWriteBufferSize() > 0 ? osError(-EPIPE, 'write') : undefined);
  }

  #pauseIfFull(): void {
    if (this.#paused || this.getWriteBufferSize() <= this.#marks.high) return;
    this.#paused = true;
    // In the caller's context, who may well be the protocol itself.
    this.#end.guard('pauseWriting', () => this.#end.protocol.pauseWriting(), false);
  }

  #drop(error: Error | undefined): void {
    this.#queue.clear();
    this.#rest = new Uint8Array(0);
    this.#end.lose(error);
  }
}
