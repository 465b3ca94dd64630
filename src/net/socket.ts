import { type Coroutine, describeValue } from '../core/coroutine.ts';
import { inspectCustom } from '../core/inspect.ts';
import type { Address } from '../io/address.ts';
import type { DescriptorCalls, DescriptorOption, SocketType } from '../io/descriptor-calls.ts';
import type { ShutdownHow } from '../io/driver.ts';
import { EBADF } from '../io/errno.ts';
import { osError } from '../io/os-error.ts';
import { checkInteger } from './check.ts';
import { datagramAddress } from './datagram-address.ts';
import type { DatagramAddress } from './datagram-transport.ts';
import { type Network, networkOf } from './network.ts';
import { descriptorsOf, ReadyWait } from './ready.ts';

export interface NewSocketOptions {
  /** 4, 6 or 'unix'. Default 4. */
  readonly family?: Address['family'] | undefined;
  /** 'stream' or 'datagram'. Default 'stream'. */
  readonly type?: SocketType | undefined;
}

const DEFAULT_BACKLOG = 100;

/**
 * A socket of the system, non-blocking and close-on-exec, for the loop's `sock…` methods. It is its owner's to close.
 *
 * Throws OSError: ENOTSUP on the node driver, which has no descriptors.
 *
 * @example
 * using socket = new Socket();
 * yield* loop.sockConnect(socket, { host: '127.0.0.1', port: 8888 });
 * yield* loop.sockSendall(socket, Buffer.from('hello'));
 *
 * Differs from asyncio: Python's sockets are not part of it. This one is made inside a running loop.
 */
export class Socket {
  readonly family: Address['family'];
  readonly type: SocketType;
  readonly #network: Network;
  readonly #calls: DescriptorCalls;
  readonly #waits = new Set<ReadyWait>();
  #fd: number;

  constructor(options: NewSocketOptions = {}, taken?: { readonly network: Network; readonly fd: number }) {
    const { family = 4, type = 'stream' } = options;
    if (family !== 4 && family !== 6 && family !== 'unix') {
      throw new RangeError(`Socket: family must be 4, 6 or 'unix', got ${describeValue(family)}`);
    }
    if (type !== 'stream' && type !== 'datagram') {
      throw new RangeError(`Socket: type must be 'stream' or 'datagram', got ${describeValue(type)}`);
    }
    this.family = family;
    this.type = type;
    this.#network = taken?.network ?? networkOf();
    this.#calls = descriptorsOf(this.#network, 'socket');
    this.#fd = checked(taken?.fd ?? this.#calls.socket(family, type), 'socket');
  }

  /** Two unix sockets that are connected to each other. */
  static pair(type: SocketType = 'stream'): [Socket, Socket] {
    const network = networkOf();
    const fds = descriptorsOf(network, 'socketpair').pair(type);
    if (typeof fds === 'number') throw osError(fds, 'socketpair');
    const [near, far] = fds;
    const options: NewSocketOptions = { family: 'unix', type };
    return [new Socket(options, { network, fd: near }), new Socket(options, { network, fd: far })];
  }

  /** A literal address and a port, or the path of a unix socket. */
  bind(address: DatagramAddress): void {
    const where = datagramAddress(address, 'bind');
    checked(this.#calls.bind(this._open('bind'), where), 'bind', where);
  }

  listen(backlog: number = DEFAULT_BACKLOG): void {
    checkInteger(backlog, 'listen: backlog', 0);
    checked(this.#calls.listen(this._open('listen'), backlog), 'listen');
  }

  /** The descriptor; -1 once it is closed or detached. */
  fileno(): number {
    return this.#fd;
  }

  getsockname(): Address {
    return this.#network.driver.localAddress(this._open('getsockname'));
  }

  /** Throws OSError ENOTCONN when there is none. */
  getpeername(): Address {
    return this.#network.driver.peerAddress(this._open('getpeername'));
  }

  setsockopt(option: DescriptorOption, value: number | boolean): void {
    checked(this.#calls.setOption(this._open('setsockopt'), option, Number(value)), 'setsockopt');
  }

  getsockopt(option: DescriptorOption): number {
    return this.#calls.getOption(this._open('getsockopt'), option);
  }

  shutdown(how: ShutdownHow): void {
    this.#network.driver.shutdown(this._open('shutdown'), how);
  }

  /** Gives the descriptor away: whoever takes it closes it. */
  detach(): number {
    const fd = this._open('detach');
    this.#letGo();
    return fd;
  }

  /** What waits for it fails with EBADF. May be called twice. */
  close(): void {
    const fd = this.#fd;
    if (fd < 0) return;
    this.#letGo();
    checked(this.#calls.close(fd), 'close');
  }

  [Symbol.dispose](): void {
    this.close();
  }

  toString(): string {
    return `<Socket fd=${this.#fd} ${this.family === 'unix' ? 'unix' : `IPv${this.family}`} ${this.type}>`;
  }

  [inspectCustom](): string {
    return this.toString();
  }

  /** The descriptor. Throws OSError EBADF when there is none any more. @internal */
  _open(syscall: string): number {
    if (this.#fd < 0) throw osError(-EBADF, syscall);
    return this.#fd;
  }

  /** @internal */
  get _calls(): DescriptorCalls {
    return this.#calls;
  }

  /** @internal */
  get _network(): Network {
    return this.#network;
  }

  /** Waits until the socket is readable or writable. @internal */
  *_ready(events: number, syscall: string): Coroutine<void> {
    const wait = new ReadyWait(this.#network, this._open(syscall), events);
    this.#waits.add(wait);
    try {
      yield* wait.wait();
    } finally {
      this.#waits.delete(wait);
    }
  }

  #letGo(): void {
    this.#fd = -1;
    for (const wait of this.#waits) wait.fail(osError(-EBADF, 'poll'));
  }
}

function checked(result: number, syscall: string, address?: Address): number {
  if (result < 0) throw osError(result, syscall, address);
  return result;
}
