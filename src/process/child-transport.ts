import type { ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { type Context, copyContext } from '../core/context.ts';
import type { Coroutine } from '../core/coroutine.ts';
import { inspectCustom } from '../core/inspect.ts';
import type { Scheduler } from '../core/scheduler.ts';
import { errnoNumber } from '../io/errno.ts';
import { osError } from '../io/os-error.ts';
import type { BaseProtocol } from '../net/endpoint.ts';
import type { Transport } from '../net/transport.ts';
import { Waiters } from '../net/waiters.ts';
import { NodeStreamTransport } from './node-stream-transport.ts';
import { type PipeOwner, PipeProtocol } from './pipe-protocol.ts';
import { signalName } from './signals.ts';
import { type SubprocessProtocol, SubprocessTransport } from './subprocess-protocol.ts';

const ESRCH = 3;

/** A child of node:child_process. Node waits for its exit itself, so that none is left as a zombie. */
export class ChildTransport extends SubprocessTransport implements PipeOwner {
  readonly #scheduler: Scheduler;
  readonly #child: ChildProcess;
  readonly #context: Context;
  readonly #waiters: Waiters;
  readonly #pipes = new Map<number, NodeStreamTransport>();
  #protocol: SubprocessProtocol;
  #openPipes: number;
  #returncode: number | undefined = undefined;
  #closed = false;
  #lost = false;
  #error: Error | undefined = undefined;
  readonly #onExit: (transport: ChildTransport) => void;

  /** Of a child that has been started. `onExit` is called when it has ended. */
  constructor(
    scheduler: Scheduler,
    child: ChildProcess,
    protocol: SubprocessProtocol,
    onExit: (transport: ChildTransport) => void,
  ) {
    super();
    this.#scheduler = scheduler;
    this.#child = child;
    this.#protocol = protocol;
    this.#context = copyContext();
    this.#waiters = new Waiters(scheduler);
    this.#onExit = onExit;
    child.stdio.forEach((stream, fd) => {
      if (stream === null || stream === undefined) return;
      const streams = fd === 0 ? { writable: stream as Writable } : { readable: stream as Readable };
      this.#pipes.set(
        fd,
        new NodeStreamTransport(scheduler, streams, new PipeProtocol(this, fd), [['subprocess', child]]),
      );
    });
    this.#openPipes = this.#pipes.size;
    child.on('exit', (code, signal) => this.#later(() => this.#exited(code ?? -constants.signals[signal!])));
    child.on('error', (error) => {
      this.#error = error;
    });
  }

  /** In a turn: tells the protocol, then begins to read the pipes. */
  start(): void {
    this.#call('connectionMade', () => this.#protocol.connectionMade(this));
    for (const pipe of this.#pipes.values()) pipe.start();
  }

  getPid(): number {
    return this.#child.pid!;
  }

  getReturncode(): number | undefined {
    return this.#returncode;
  }

  getPipeTransport(fd: number): Transport | undefined {
    return this.#pipes.get(fd);
  }

  getExtraInfo<T = unknown>(name: string, defaultValue?: T): T | undefined {
    return (name === 'subprocess' ? (this.#child as T) : undefined) ?? defaultValue;
  }

  setProtocol(protocol: BaseProtocol): void {
    this.#protocol = protocol as SubprocessProtocol;
  }

  getProtocol(): SubprocessProtocol {
    return this.#protocol;
  }

  isClosing(): boolean {
    return this.#closed;
  }

  sendSignal(signal: NodeJS.Signals | number): void {
    const name = signalName(signal);
    if (this.#returncode !== undefined) throw osError(-ESRCH, 'kill');
    this.#error = undefined;
    // False when it has ended, but nobody was told yet: then there is nothing to be done.
    this.#child.kill(name);
    const error = this.#error as NodeJS.ErrnoException | undefined;
    if (error !== undefined) throw osError(-(errnoNumber(error.code ?? '') ?? ESRCH), 'kill');
  }

  terminate(): void {
    this.sendSignal('SIGTERM');
  }

  kill(): void {
    this.sendSignal('SIGKILL');
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const pipe of this.#pipes.values()) pipe.abort();
    if (this.#returncode === undefined) this.#child.kill('SIGKILL');
  }

  /** Waits for the child's end. */
  *waitExit(): Coroutine<number> {
    while (this.#returncode === undefined) yield* this.#waiters.wait();
    return this.#returncode;
  }

  pipeData(fd: number, data: Buffer): void {
    this.#protocol.pipeDataReceived(fd, data);
  }

  pipeLost(fd: number, error: Error | undefined): void {
    this.#openPipes -= 1;
    try {
      this.#protocol.pipeConnectionLost(fd, error);
    } finally {
      this.#loseIfOver();
    }
  }

  pauseWriting(): void {
    this.#protocol.pauseWriting();
  }

  resumeWriting(): void {
    this.#protocol.resumeWriting();
  }

  override toString(): string {
    const state = this.#returncode === undefined ? 'running' : `returncode=${this.#returncode}`;
    return `<SubprocessTransport pid=${this.#child.pid} ${state}>`;
  }

  [inspectCustom](): string {
    return this.toString();
  }

  #exited(returncode: number): void {
    this.#returncode = returncode;
    this.#onExit(this);
    this.#waiters.wake();
    this.#call('processExited', () => this.#protocol.processExited());
    this.#loseIfOver();
  }

  #loseIfOver(): void {
    if (this.#lost || this.#returncode === undefined || this.#openPipes > 0) return;
    this.#lost = true;
    this.#closed = true;
    this.#later(() => this.#call('connectionLost', () => this.#protocol.connectionLost(undefined)));
  }

  #later(fn: () => void): void {
    if (!this.#scheduler.closed) this.#scheduler.callSoon(fn, this.#context);
  }

  #call(method: string, fn: () => void): void {
    try {
      fn();
    } catch (exception) {
      const message = `protocol.${method}() failed`;
      this.#scheduler.report({ message, exception, transport: this, protocol: this.#protocol });
    }
  }
}
