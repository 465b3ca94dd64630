import { RuntimeError } from 'tsyncio';
import type { Address, InetAddress } from '../../src/io/address.ts';
import type { Driver, DriverStats, ShutdownHow, SocketOption } from '../../src/io/driver.ts';
import { ECANCELED } from '../../src/io/errno.ts';
import {
  ACCEPT,
  type Accept,
  CANCELLING,
  CONNECT,
  IDLE,
  LISTEN,
  type Operation,
  RECEIVE,
  type Receive,
  SEND,
  type Send,
  SUBMITTED,
} from '../../src/io/operation.ts';

/**
 * A driver without a system below: the test plays the kernel. Operations stay in flight until the test ends them;
 * `calls` is what was asked for, in order. A cancel takes effect when the test says so.
 */
export class FakeDriver implements Driver {
  readonly name = 'node';
  readonly readyFd = undefined;
  readonly timed = false;
  onWake: (() => void) | undefined = undefined;
  readonly calls: string[] = [];
  readonly inFlight = new Set<Operation>();
  readonly open = new Set<number>();
  appendable = true;
  #nextFd = 100;
  #completions: (() => void)[] = [];

  submit(operation: Operation): void {
    if (operation.state !== IDLE) throw new RuntimeError('in flight already');
    operation.state = SUBMITTED;
    this.inFlight.add(operation);
    this.calls.push(`submit ${KINDS[operation.kind]}`);
    if (operation.kind === LISTEN || operation.kind === CONNECT) this.end(operation, this.newFd());
  }

  append(send: Send, data: Uint8Array): boolean {
    if (!this.appendable) return false;
    send.data = Buffer.concat([send.data!, data]);
    return true;
  }

  cancel(operation: Operation): void {
    if (operation.state !== SUBMITTED) return;
    operation.state = CANCELLING;
    this.calls.push(`cancel ${KINDS[operation.kind]}`);
  }

  newFd(): number {
    const fd = this.#nextFd++;
    this.open.add(fd);
    return fd;
  }

  /** The operation of this kind that is in flight. */
  find<T extends Operation>(kind: number): T {
    for (const operation of this.inFlight) if (operation.kind === kind) return operation as T;
    throw new Error(`no ${KINDS[kind]} in flight; so far: ${this.calls.join(', ')}`);
  }

  /** Ends an operation with the next poll. */
  end(operation: Operation, result: number): void {
    this.#later(() => {
      operation.state = IDLE;
      this.inFlight.delete(operation);
      operation.onEnd(result);
    });
  }

  endSend(result?: number): void {
    const send = this.find<Send>(SEND);
    this.end(send, result ?? send.data!.length);
  }

  endCancelled(kind: number): void {
    this.end(this.find(kind), -ECANCELED);
  }

  receive(text: string): void {
    const memory = Buffer.from(`..${text}..`);
    const operation = this.find<Receive>(RECEIVE);
    this.#later(() => operation.onData(memory, 2, 2 + text.length));
  }

  accept(): number {
    const fd = this.newFd();
    const operation = this.find<Accept>(ACCEPT);
    this.#later(() => operation.onConnection(fd));
    return fd;
  }

  flush(): void {}

  poll(): number {
    const due = this.#completions;
    this.#completions = [];
    for (const complete of due) complete();
    return due.length;
  }

  wait(): number {
    return this.poll();
  }

  prepareSleep(): boolean {
    return this.#completions.length === 0;
  }

  localAddress(fd: number): Address {
    return { family: 4, host: '127.0.0.1', port: fd };
  }

  peerAddress(fd: number): Address {
    return { family: 4, host: '127.0.0.2', port: fd } satisfies InetAddress;
  }

  setOption(_fd: number, option: SocketOption, value: number): void {
    this.calls.push(`${option} ${value}`);
  }

  shutdown(_fd: number, how: ShutdownHow): void {
    this.calls.push(`shutdown ${how}`);
  }

  close(fd: number): void {
    for (const operation of this.inFlight) if (operation.fd === fd) throw new RuntimeError('closed while in flight');
    if (!this.open.delete(fd)) throw new RuntimeError(`fd ${fd} is not open`);
    this.calls.push('close');
  }

  reset(fd: number): void {
    this.calls.push('reset');
    this.close(fd);
  }

  get stats(): DriverStats {
    const { open, inFlight } = this;
    return {
      inFlight: inFlight.size,
      openSockets: open.size,
      polls: 0,
      completions: 0,
      syscalls: 0,
      mappedBytes: 0,
    };
  }

  dispose(): void {
    for (const operation of [...this.inFlight]) this.end(operation, -ECANCELED);
    this.poll();
    this.open.clear();
  }

  #later(complete: () => void): void {
    this.#completions.push(complete);
    this.onWake?.();
  }
}

const KINDS = ['receive', 'send', 'accept', 'connect', 'listen', 'poll'];
