import type { Coroutine } from '../core/coroutine.ts';
import { isCoroutine } from '../core/coroutine.ts';
import { createTaskOn } from '../core/ensure-future.ts';
import type { Future } from '../core/future.ts';
import type { Scheduler } from '../core/scheduler.ts';
import type { Task } from '../core/task.ts';
import { Watcher, type WatcherOwner } from '../core/watcher.ts';
import { isPromiseLike } from '../core/wrap-future.ts';
import { FlowControl } from './flow-control.ts';
import { Protocol } from './protocol.ts';
import type { StreamReader } from './stream-reader.ts';
import { type StreamFlow, StreamWriter } from './stream-writer.ts';
import type { Transport } from './transport.ts';
import { Waiters } from './waiters.ts';

/** Called for each new connection of `startServer`; a coroutine that it returns becomes a task. */
export type OnConnection = (
  reader: StreamReader,
  writer: StreamWriter,
) => Coroutine<unknown> | PromiseLike<unknown> | void;

/** Between a transport and a StreamReader: asyncio's protocol of the same name. */
export class StreamReaderProtocol extends Protocol implements StreamFlow, WatcherOwner {
  readonly reader: StreamReader;
  readonly flow: FlowControl;
  readonly #scheduler: Scheduler;
  readonly #onConnection: OnConnection | undefined;
  /** Made for the first who waits. */
  #closeWaiters: Waiters | undefined = undefined;
  #transport: Transport | undefined = undefined;
  #task: Task<unknown> | undefined = undefined;
  #closed = false;
  #error: Error | undefined = undefined;

  constructor(scheduler: Scheduler, reader: StreamReader, onConnection?: OnConnection) {
    super();
    this.#scheduler = scheduler;
    this.reader = reader;
    this.flow = new FlowControl(scheduler);
    this.#onConnection = onConnection;
  }

  override connectionMade(transport: Transport): void {
    this.#transport = transport;
    this.reader.setTransport(transport);
    if (this.#onConnection === undefined) return;
    const writer = new StreamWriter(transport, this, this.reader);
    let result: unknown;
    try {
      result = this.#onConnection(this.reader, writer);
    } catch (error) {
      this._failed(error);
      return;
    }
    if (!isCoroutine(result) && !isPromiseLike(result)) return;
    this.#task = createTaskOn(this.#scheduler, result);
    this.#task._addWaiter(new Watcher(this.#task, this));
  }

  override dataReceived(data: Buffer): void {
    this.reader.feedData(data);
  }

  override eofReceived(): boolean {
    this.reader.feedEof();
    // The handler may still have something to say.
    return true;
  }

  override connectionLost(error: Error | undefined): void {
    this.#closed = true;
    this.#error = error;
    if (error === undefined) this.reader.feedEof();
    else this.reader.setException(error);
    this.flow.end(error);
    if (error === undefined) this.#closeWaiters?.wake();
    else this.#closeWaiters?.fail(error);
    this.#task = undefined;
  }

  override pauseWriting(): void {
    this.flow.pause();
  }

  override resumeWriting(): void {
    this.flow.resume();
  }

  /** Waits for connectionLost. Throws the error of the connection. */
  *closed(): Coroutine<void> {
    if (this.#closed) {
      if (this.#error !== undefined) throw this.#error;
      return;
    }
    this.#closeWaiters ??= new Waiters(this.#scheduler);
    yield* this.#closeWaiters.wait();
  }

  get serverSide(): boolean {
    return this.#onConnection !== undefined;
  }

  /** The connection has got TLS. @internal */
  _replaceTransport(transport: Transport): void {
    this.#transport = transport;
    this.reader._replaceTransport(transport);
  }

  /** What came before TLS and was not read is the beginning of TLS. @internal */
  _handOver(): { readonly data: Buffer; readonly ended: boolean } {
    return { data: this.reader._handOver(), ended: this.reader.eof };
  }

  /** The handler threw. @internal */
  _failed(exception: unknown): void {
    const transport = this.#transport!;
    this.#scheduler.report({ message: 'Unhandled exception in onConnection', exception, transport });
    transport.close();
  }

  /** The handler has ended: a connection does not stay open when that was by an error or a cancel. @internal */
  futureDone(task: Future<unknown>): void {
    if (task.cancelled()) this.#transport?.close();
    else if (task.exception() !== undefined) this._failed(task.exception());
  }
}
