import { RuntimeError } from '../../../src/core/errors.ts';
import type { Address } from '../../../src/io/address.ts';
import type { Driver, DriverStats, ShutdownHow } from '../../../src/io/driver.ts';
import * as errno from '../../../src/io/errno.ts';
import * as io from '../../../src/io/operation.ts';
import { osError } from '../../../src/io/os-error.ts';
import { MemorySocket } from './memory-socket.ts';

/** In bytes, one piece of data at most. */
const PIECE = 16_384;
const FIRST_PORT = 50_000;
const HERE = '127.0.0.1';

/**
 * A network that is nowhere but in memory: stream sockets as they behave on loopback, without a system, a clock or
 * chance. What completes is told by `poll`; `prepareSleep` is true when nothing ever can without a further submit.
 */
export class MemoryDriver implements Driver {
  // It has no descriptors of the system, as that one.
  readonly name = 'node';
  readonly readyFd = undefined;
  readonly timed = false;
  onWake: (() => void) | undefined = undefined;
  readonly #operations = new Set<io.Operation>();
  readonly #sockets = new Map<number, MemorySocket>();
  #nextFd = 2_000_000_000;
  #nextPort = FIRST_PORT;
  #completions = 0;
  #polls = 0;
  /** Something happened since the last look: there may be more to do. */
  #changed = false;
  #disposed = false;

  submit(operation: io.Operation): void {
    if (operation.state !== io.IDLE) throw new RuntimeError('in flight already');
    if (this.#disposed) throw new RuntimeError('the driver is closed');
    const { fd, kind } = operation;
    for (const other of this.#operations) {
      if (fd >= 0 && other.fd === fd && other.kind === kind) throw new RuntimeError(`in flight already on ${fd}`);
    }
    operation.state = io.SUBMITTED;
    // Its own place: how much of a send went.
    operation.mark = 0;
    if (kind === io.SEND) this.#copyShort(operation as io.Send);
    this.#operations.add(operation);
    this.#changed = true;
  }

  append(): boolean {
    return false;
  }

  cancel(operation: io.Operation): void {
    if (operation.state !== io.SUBMITTED) return;
    operation.state = io.CANCELLING;
    this.#changed = true;
  }

  flush(): void {}

  poll(): number {
    const before = this.#completions;
    this.#polls++;
    this.#changed = false;
    for (const operation of [...this.#operations]) {
      if (!this.#operations.has(operation)) continue;
      // Also when its owner throws, there is more to look at.
      const moved: boolean = this.#changed;
      this.#changed = true;
      this.#changed = this.#step(operation) || moved || this.#operations.size === 0;
    }
    return this.#completions - before;
  }

  wait(): number {
    return this.poll();
  }

  prepareSleep(): boolean {
    return !this.#changed;
  }

  localAddress(fd: number): Address {
    return this.#socket(fd, 'getsockname').local;
  }

  peerAddress(fd: number): Address {
    const { peer } = this.#socket(fd, 'getpeername');
    if (peer === undefined) throw osError(-errno.ENOTCONN, 'getpeername');
    return peer.local;
  }

  setOption(): void {}

  shutdown(fd: number, how: ShutdownHow): void {
    const socket = this.#socket(fd, 'shutdown');
    if (socket.broken) throw osError(-errno.ENOTCONN, 'shutdown');
    socket.shutdown(how);
    this.#changed = true;
  }

  close(fd: number): void {
    for (const operation of this.#operations) if (operation.fd === fd) throw new RuntimeError('closed while in flight');
    this.#socket(fd, 'close').close();
    this.#sockets.delete(fd);
    this.#changed = true;
  }

  reset(fd: number): void {
    for (const operation of this.#operations) if (operation.fd === fd) throw new RuntimeError('reset while in flight');
    this.#socket(fd, 'close').reset();
    this.close(fd);
  }

  get stats(): DriverStats {
    const [inFlight, openSockets] = [this.#operations.size, this.#sockets.size];
    return { inFlight, openSockets, polls: this.#polls, completions: this.#completions, syscalls: 0, mappedBytes: 0 };
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    const errors: unknown[] = [];
    for (const operation of [...this.#operations]) {
      try {
        this.#end(operation, -errno.ECANCELED);
      } catch (error) {
        errors.push(error);
      }
    }
    this.#sockets.clear();
    if (errors.length > 0) throw errors[0];
  }

  #copyShort(send: io.Send): void {
    if (send.data!.length <= io.COPY_LIMIT) send.data = Buffer.from(send.data!);
  }

  #socket(fd: number, syscall: string): MemorySocket {
    const socket = this.#sockets.get(fd);
    if (socket === undefined) throw osError(-errno.EBADF, syscall);
    return socket;
  }

  #end(operation: io.Operation, result: number): true {
    this.#operations.delete(operation);
    operation.state = io.IDLE;
    this.#completions++;
    operation.onEnd(result);
    return true;
  }

  /** Does what can be done for an operation now: true when there was something. */
  #step(operation: io.Operation): boolean {
    const cancelled = operation.state === io.CANCELLING;
    if (cancelled && operation.kind !== io.SEND) return this.#end(operation, -errno.ECANCELED);
    switch (operation.kind) {
      case io.LISTEN:
        return this.#listen(operation as io.Listen);
      case io.CONNECT:
        return this.#connect(operation as io.Connect);
    }
    const socket = this.#sockets.get(operation.fd);
    if (socket === undefined) return this.#end(operation, -errno.EBADF);
    switch (operation.kind) {
      case io.ACCEPT:
        return this.#accept(operation as io.Accept, socket);
      case io.RECEIVE:
        return this.#receive(operation as io.Receive, socket);
      case io.SEND:
        return this.#send(operation as io.Send, socket, cancelled);
      default:
        return this.#end(operation, -errno.ENOTSUP);
    }
  }

  #listen(listen: io.Listen): boolean {
    const { family, port } = listen.address as { family: 4; port: number };
    if (family !== 4) return this.#end(listen, -errno.EAFNOSUPPORT);
    if (port !== 0 && this.#listener(port) !== undefined) return this.#end(listen, -errno.EADDRINUSE);
    const socket = new MemorySocket({ family: 4, host: HERE, port: port || this.#nextPort++ });
    socket.backlog = Math.max(1, listen.options!.backlog);
    listen.fd = this.#add(socket);
    return this.#end(listen, listen.fd);
  }

  #connect(connect: io.Connect): boolean {
    const listener = this.#listener((connect.address as { port: number }).port);
    if (listener === undefined) return this.#end(connect, -errno.ECONNREFUSED);
    if (listener.waiting.length >= listener.backlog) return false;
    const near = new MemorySocket({ family: 4, host: HERE, port: this.#nextPort++ });
    const far = new MemorySocket(listener.local);
    near.peer = far;
    far.peer = near;
    listener.waiting.push(far);
    connect.fd = this.#add(near);
    return this.#end(connect, connect.fd);
  }

  #accept(accept: io.Accept, listener: MemorySocket): boolean {
    const socket = listener.waiting.shift();
    if (socket === undefined) return false;
    this.#completions++;
    accept.onConnection(this.#add(socket));
    return true;
  }

  #receive(receive: io.Receive, socket: MemorySocket): boolean {
    if (socket.resetReceived) {
      socket.resetReceived = false;
      return this.#end(receive, -errno.ECONNRESET);
    }
    const data = socket.take(PIECE);
    if (data !== undefined) {
      this.#completions++;
      receive.onData(data, 0, data.length);
      return true;
    }
    return socket.atEnd ? this.#end(receive, 0) : false;
  }

  #send(send: io.Send, socket: MemorySocket, cancelled: boolean): boolean {
    if (cancelled) return this.#end(send, send.mark > 0 ? send.mark : -errno.ECANCELED);
    if (socket.broken || socket.writeShut) return this.#end(send, socket.sendError());
    const data = send.data!;
    if (socket.peer!.closed) {
      socket.answerReset();
      return this.#end(send, data.length);
    }
    const count = socket.peer!.give(data.subarray(send.mark));
    send.mark += count;
    return send.mark === data.length ? this.#end(send, send.mark) : count > 0;
  }

  #listener(port: number): MemorySocket | undefined {
    for (const socket of this.#sockets.values()) if (socket.backlog > 0 && socket.local.port === port) return socket;
    return undefined;
  }

  #add(socket: MemorySocket): number {
    this.#sockets.set(this.#nextFd, socket);
    return this.#nextFd++;
  }
}
