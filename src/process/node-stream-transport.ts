import type { Readable, Writable } from 'node:stream';
import { type Context, copyContext, enterContext, leaveContext } from '../core/context.ts';
import { describeValue } from '../core/coroutine.ts';
import { inspectCustom } from '../core/inspect.ts';
import type { Runnable } from '../core/ready-queue.ts';
import type { Scheduler } from '../core/scheduler.ts';
import { EPIPE, errnoNumber } from '../io/errno.ts';
import { COPY_LIMIT } from '../io/operation.ts';
import { osError } from '../io/os-error.ts';
import { checkBytes, checkPieces } from '../net/check.ts';
import { BaseProtocol } from '../net/endpoint.ts';
import { feedBuffered } from '../net/feed-buffered.ts';
import { BufferedProtocol, type Protocol } from '../net/protocol.ts';
import { refuseWrite } from '../net/refuse-write.ts';
import { Transport, type WriteBufferLimits } from '../net/transport.ts';
import { WaterMarks } from '../net/water-marks.ts';

export interface NodeStreams {
  readonly readable?: Readable | undefined;
  readonly writable?: Writable | undefined;
}

/**
 * In bytes: so much may wait for its turn. A stream that makes its data at once would otherwise give all of it, and one
 * without end never come back.
 */
const KEPT_LIMIT = 256 * 1024;

/**
 * A transport over streams of Node's: a readable one, a writable one, or one that is both.
 *
 * The streams' events come in Node's own time; each only notes what happened, and the protocol hears of it in a turn of
 * the loop. Life: open → closing (what is buffered is still written) → gone (the streams are closed, connectionLost was called).
 */
export class NodeStreamTransport extends Transport implements Runnable {
  readonly #scheduler: Scheduler;
  readonly #readable: Readable | undefined;
  readonly #writable: Writable | undefined;
  readonly #extra: ReadonlyMap<string, unknown>;
  readonly #context: Context;
  readonly #marks = new WaterMarks();
  #protocol: Protocol | BufferedProtocol;
  /** Data that has come and was not handed over yet. */
  #kept: Buffer[] = [];
  /** In bytes. */
  #keptSize = 0;
  /** The stream is paused until what is kept was handed over. */
  #full = false;
  #unsent = 0;
  /** Streams that are not closed yet. */
  #open: number;
  #scheduled = false;
  #readingPaused = false;
  #ended = false;
  #eofTold = false;
  #writingPaused = false;
  #eofWritten = false;
  #closing = false;
  #aborted = false;
  #gone = false;
  #error: Error | undefined = undefined;

  /** Call `start` next. */
  constructor(
    scheduler: Scheduler,
    streams: NodeStreams,
    protocol: Protocol | BufferedProtocol,
    extra: Iterable<[string, unknown]> = [],
  ) {
    super();
    this.#scheduler = scheduler;
    this.#readable = streams.readable;
    this.#writable = streams.writable;
    this.#protocol = protocol;
    this.#extra = new Map(extra);
    this.#context = copyContext();
    const all = new Set([streams.readable, streams.writable].filter((stream) => stream !== undefined));
    this.#open = all.size;
    for (const stream of all) {
      stream.on('error', (error: NodeJS.ErrnoException) => this.#failed(error));
      stream.on('close', () => {
        this.#open -= 1;
        this.#schedule();
      });
    }
  }

  /** In a turn: tells the protocol of the connection, then begins to read. */
  start(): void {
    this.#call('connectionMade', () => this.#protocol.connectionMade(this));
    const readable = this.#readable;
    if (readable === undefined) return;
    readable.on('data', (data: Buffer) => {
      this.#kept.push(data);
      this.#keptSize += data.length;
      this.#full = this.#keptSize > KEPT_LIMIT;
      // Node sets the pipes of a child that has ended flowing, whoever paused them.
      if (this.#readingPaused || this.#full) readable.pause();
      this.#schedule();
    });
    readable.on('end', () => {
      this.#ended = true;
      this.#schedule();
    });
    if (this.#readingPaused) readable.pause();
  }

  getExtraInfo<T = unknown>(name: string, defaultValue?: T): T | undefined {
    return (this.#extra.get(name) as T | undefined) ?? defaultValue;
  }

  setProtocol(protocol: BaseProtocol): void {
    if (!(protocol instanceof BaseProtocol)) {
      throw new TypeError(`setProtocol expects a protocol, got ${describeValue(protocol)}`);
    }
    this.#protocol = protocol as Protocol | BufferedProtocol;
  }

  getProtocol(): Protocol | BufferedProtocol {
    return this.#protocol;
  }

  isClosing(): boolean {
    return this.#closing;
  }

  isReading(): boolean {
    return this.#readable !== undefined && !this.#closing && !this.#readingPaused;
  }

  pauseReading(): void {
    if (!this.isReading()) return;
    this.#readingPaused = true;
    this.#readable!.pause();
  }

  resumeReading(): void {
    if (this.#closing || !this.#readingPaused) return;
    this.#readingPaused = false;
    if (!this.#full) this.#readable!.resume();
    this.#schedule();
  }

  write(data: Uint8Array): void {
    checkBytes(data, 'write');
    if (this.#closing || this.#eofWritten || this.#writable === undefined) {
      // Of streams that are gone it is not known here in time, as of an error.
      if (!this.#gone || this.#eofWritten) refuseWrite(true, this.#eofWritten, this.#error);
      return;
    }
    const size = data.length;
    if (size === 0) return;
    this.#unsent += size;
    this.#writable.write(size > COPY_LIMIT ? data : Buffer.from(data), (error) => {
      // What failed stays unsent: `#lost` tells of it.
      if (error) return;
      this.#unsent -= size;
      if (this.#writingPaused) this.#schedule();
    });
    this.#pauseIfFull();
  }

  writeLines(list: Iterable<Uint8Array>): void {
    for (const data of checkPieces(list)) this.write(data);
  }

  writeEof(): void {
    if (this.#closing || this.#eofWritten) return;
    this.#eofWritten = true;
    if (this.#readable === undefined) this.close();
    else this.#writable?.end();
  }

  canWriteEof(): boolean {
    return this.#writable !== undefined;
  }

  getWriteBufferSize(): number {
    return this.#unsent;
  }

  getWriteBufferLimits(): { readonly low: number; readonly high: number } {
    return { low: this.#marks.low, high: this.#marks.high };
  }

  setWriteBufferLimits(limits?: WriteBufferLimits): void {
    this.#marks.set(limits);
    this.#pauseIfFull();
  }

  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#kept = [];
    const writable = this.#writable;
    if (writable === undefined) this.#destroy();
    else writable.end(() => this.#destroy());
    this.#schedule();
  }

  abort(): void {
    if (this.#gone) return;
    this.#closing = true;
    this.#aborted = true;
    this.#kept = [];
    this.#destroy();
  }

  /** Tells the protocol what has happened since. @internal */
  run(): void {
    this.#scheduled = false;
    this.#deliverKept();
    if (this.#ended && !this.#eofTold && this.#kept.length === 0 && this.isReading()) this.#tellEof();
    if (this.#writingPaused && this.#unsent <= this.#marks.low) {
      this.#writingPaused = false;
      this.#call('resumeWriting', () => this.#protocol.resumeWriting());
    }
    const allTold = this.#kept.length === 0 && (this.#eofTold || !this.#ended);
    if (this.#open > 0 || this.#gone || !(this.#closing || allTold)) return;
    this.#lost();
  }

  override toString(): string {
    const state = this.#gone ? 'closed' : this.#closing ? 'closing' : 'open';
    return `<NodeStreamTransport ${state} unsent=${this.#unsent}>`;
  }

  [inspectCustom](): string {
    return this.toString();
  }

  #schedule(): void {
    if (this.#scheduled || this.#scheduler.closed) return;
    this.#scheduled = true;
    this.#scheduler.push(this);
  }

  #deliverKept(): void {
    while (this.#kept.length > 0 && this.isReading()) {
      const data = this.#kept.shift()!;
      this.#keptSize -= data.length;
      this.#deliver(data);
    }
    if (!this.#full || this.#kept.length > 0 || !this.isReading()) return;
    this.#full = false;
    this.#readable!.resume();
  }

  #deliver(data: Buffer): void {
    const protocol = this.#protocol;
    const failed = this.#call('dataReceived', () => {
      if (protocol instanceof BufferedProtocol) feedBuffered(protocol, data);
      else protocol.dataReceived(data);
    });
    if (failed !== undefined) this.#break(failed);
  }

  #tellEof(): void {
    this.#eofTold = true;
    let keepOpen: unknown;
    const failed = this.#call('eofReceived', () => {
      keepOpen = this.#protocol.eofReceived();
    });
    if (failed !== undefined) this.#break(failed);
    else if (keepOpen !== true || this.#writable === undefined) this.close();
  }

  #lost(): void {
    this.#gone = true;
    this.#closing = true;
    // The other end was closed before it had read everything.
    if (this.#error === undefined && this.#unsent > 0 && !this.#aborted) this.#error = osError(-EPIPE, 'write');
    this.#call('connectionLost', () => this.#protocol.connectionLost(this.#error));
  }

  /** Of the stream itself. The first cause counts; Node closes the stream after it. */
  #failed(error: NodeJS.ErrnoException): void {
    const number = error.code === undefined ? undefined : errnoNumber(error.code);
    this.#error ??= number === undefined ? error : osError(-number, error.syscall ?? 'write');
    this.#destroy();
  }

  /** A mistake in the protocol. */
  #break(error: Error): void {
    this.#error ??= error;
    this.abort();
  }

  #destroy(): void {
    this.#readable?.destroy();
    this.#writable?.destroy();
  }

  #pauseIfFull(): void {
    if (this.#unsent <= this.#marks.high || this.#writingPaused) return;
    this.#writingPaused = true;
    // Inside `write`, and so in the context of whoever writes.
    this.#guard('pauseWriting', () => this.#protocol.pauseWriting());
  }

  /** Calls the protocol in the connection's context; gives what it threw. */
  #call(method: string, fn: () => void): Error | undefined {
    const previous = enterContext(this.#context);
    try {
      return this.#guard(method, fn);
    } finally {
      leaveContext(this.#context, previous);
    }
  }

  #guard(method: string, fn: () => void): Error | undefined {
    try {
      fn();
      return undefined;
    } catch (exception) {
      const message = `Fatal error: protocol.${method}() call failed.`;
      this.#scheduler.report({ message, exception, transport: this, protocol: this.#protocol });
      return exception instanceof Error ? exception : new Error(String(exception), { cause: exception });
    }
  }
}
