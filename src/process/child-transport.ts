import { constants } from 'node:os';
import { type Context, copyContext } from '../core/context.ts';
import type { Coroutine } from '../core/coroutine.ts';
import { inspectCustom } from '../core/inspect.ts';
import type { Scheduler } from '../core/scheduler.ts';
import { ESRCH } from '../io/errno.ts';
import { osError } from '../io/os-error.ts';
import type { BaseProtocol } from '../net/endpoint.ts';
import type { Transport } from '../net/transport.ts';
import { Waiters } from '../net/waiters.ts';
import type { Child, ChildPipe } from './child.ts';
import type { PipeOwner } from './pipe-protocol.ts';
import { signalNumber } from './signals.ts';
import { type SubprocessProtocol, SubprocessTransport } from './subprocess-protocol.ts';

const { SIGKILL } = constants.signals;

/** Between a child, its pipes and a protocol. */
export class ChildTransport extends SubprocessTransport implements PipeOwner {
  readonly #scheduler: Scheduler;
  readonly #child: Child;
  readonly #context: Context;
  readonly #waiters: Waiters;
  readonly #pipes: Map<number, ChildPipe>;
  #protocol: SubprocessProtocol;
  #openPipes: number;
  #returncode: number | undefined = undefined;
  #closed = false;
  #lost = false;
  readonly #onExit: (transport: ChildTransport) => void;

  /** Of a child that has been started. `onExit` is called when it has ended. */
  constructor(
    scheduler: Scheduler,
    child: Child,
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
    this.#pipes = child.pipes(this);
    this.#openPipes = this.#pipes.size;
    child.onExit((returncode) => this.#later(() => this.#exited(returncode)));
  }

  /** In a turn: tells the protocol, then begins to read the pipes. */
  start(): void {
    this.#call('connectionMade', () => this.#protocol.connectionMade(this));
    for (const pipe of this.#pipes.values()) pipe.start();
  }

  getPid(): number {
    return this.#child.pid;
  }

  getReturncode(): number | undefined {
    return this.#returncode;
  }

  getPipeTransport(fd: number): Transport | undefined {
    return this.#pipes.get(fd);
  }

  getExtraInfo<T = unknown>(name: string, defaultValue?: T): T | undefined {
    return (name === 'subprocess' ? (this.#child.subprocess as T) : undefined) ?? defaultValue;
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
    const number = signalNumber(signal);
    if (this.#returncode !== undefined) throw osError(-ESRCH, 'kill');
    const result = this.#child.kill(number);
    if (result < 0) throw osError(result, 'kill');
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
    if (this.#returncode === undefined) this.#child.kill(SIGKILL);
  }

  /** The loop has stopped, or runs again. */
  loopRuns(runs: boolean): void {
    this.#child.loopRuns(runs);
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
