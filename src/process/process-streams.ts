import type { Coroutine } from '../core/coroutine.ts';
import type { Scheduler } from '../core/scheduler.ts';
import { FlowControl } from '../net/flow-control.ts';
import { StreamReader } from '../net/stream-reader.ts';
import { type StreamFlow, StreamWriter } from '../net/stream-writer.ts';
import { Waiters } from '../net/waiters.ts';
import { SubprocessProtocol, type SubprocessTransport } from './subprocess-protocol.ts';

/** Between a child's transport and the streams of a `Process`. */
export class ProcessStreams extends SubprocessProtocol implements StreamFlow {
  readonly flow: FlowControl;
  stdin: StreamWriter | undefined = undefined;
  readonly readers = new Map<number, StreamReader>();
  readonly #scheduler: Scheduler;
  readonly #limit: number | undefined;
  readonly #closeWaiters: Waiters;
  #stdinClosed = false;
  #stdinError: Error | undefined = undefined;

  constructor(scheduler: Scheduler, limit: number | undefined) {
    super();
    this.#scheduler = scheduler;
    this.#limit = limit;
    this.flow = new FlowControl(scheduler);
    this.#closeWaiters = new Waiters(scheduler);
  }

  override connectionMade(transport: SubprocessTransport): void {
    for (const fd of [1, 2]) {
      const pipe = transport.getPipeTransport(fd);
      if (pipe === undefined) continue;
      const reader = new StreamReader({ limit: this.#limit, loop: this.#scheduler });
      reader.setTransport(pipe);
      this.readers.set(fd, reader);
    }
    const pipe = transport.getPipeTransport(0);
    if (pipe !== undefined) this.stdin = new StreamWriter(pipe, this, undefined);
  }

  override pipeDataReceived(fd: number, data: Buffer): void {
    this.readers.get(fd)?.feedData(data);
  }

  override pipeConnectionLost(fd: number, error: Error | undefined): void {
    if (fd === 0) {
      this.#stdinClosed = true;
      this.#stdinError = error;
      this.flow.end(error);
      if (error === undefined) this.#closeWaiters.wake();
      else this.#closeWaiters.fail(error);
      return;
    }
    const reader = this.readers.get(fd);
    if (error === undefined) reader?.feedEof();
    else reader?.setException(error);
  }

  override pauseWriting(): void {
    this.flow.pause();
  }

  override resumeWriting(): void {
    this.flow.resume();
  }

  /** Waits until stdin is closed. Throws the error with which it broke. */
  *closed(): Coroutine<void> {
    if (!this.#stdinClosed) yield* this.#closeWaiters.wait();
    else if (this.#stdinError !== undefined) throw this.#stdinError;
  }
}
