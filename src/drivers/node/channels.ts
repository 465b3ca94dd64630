import type * as net from 'node:net';
import type { Address } from '../../io/address.ts';
import { ENOTSUP } from '../../io/errno.ts';
import { osError } from '../../io/os-error.ts';
import { nodeNet } from '../../node/builtins.ts';
import type { Counters } from '../counters.ts';
import { zoned } from './addresses.ts';
import { Channel } from './channel.ts';
import { errnoOf } from './errors.ts';
import type { Receiver } from './receiver.ts';
import type { Sender } from './sender.ts';
import { statOf } from './stat-of.ts';

/**
 * Descriptors of this driver are numbers of its own, counted from here and never used twice: far above those of the
 * system, so that one given to a system call by mistake is none there, instead of somebody else's.
 */
const FIRST_DESCRIPTOR = 1_000_000_000;
/** In bytes: one read. All sockets that we connect read into the same memory, since it is copied before the next read. */
const READ_LENGTH = 64 * 1024;
const UNNAMED: Address = { family: 'unix', path: '' };

/** The table of channels by number; makes Node's sockets and ends them. */
export class Channels {
  private readonly table = new Map<number, Channel>();
  private last = FIRST_DESCRIPTOR - 1;
  private readonly memory: Buffer = Buffer.allocUnsafeSlow(READ_LENGTH);
  private readonly counters: Counters;
  private readonly receiver: Receiver;
  private readonly sender: Sender;

  constructor(counters: Counters, receiver: Receiver, sender: Sender) {
    this.counters = counters;
    this.receiver = receiver;
    this.sender = sender;
  }

  find(fd: number): Channel | undefined {
    return this.table.get(fd);
  }

  all(): Channel[] {
    return [...this.table.values()];
  }

  add(socket: net.Socket | undefined, server: net.Server | undefined): Channel {
    const channel = new Channel(++this.last, socket, server);
    this.table.set(channel.fd, channel);
    (socket ?? server!).unref();
    return channel;
  }

  /** A socket that is being connected. */
  connect(address: Address, local: Address | undefined): Channel {
    // Node would make a new piece of memory for every read; a copy of what came, mostly short, costs less.
    const callback = (count: number, memory: Uint8Array): boolean => {
      this.receiver.arrived(channel, Buffer.from(memory.subarray(0, count)));
      return true;
    };
    const how = { allowHalfOpen: true, onread: { buffer: this.memory, callback } };
    const socket = nodeNet().connect(
      address.family === 'unix'
        ? { ...how, path: address.path }
        : { ...how, host: zoned(address)!, port: address.port, ...bound(local) },
    );
    // Else it would read as soon as it is connected.
    socket.pause();
    const channel = this.add(socket, undefined);
    if (address.family === 'unix') {
      channel.local = UNNAMED;
      channel.peer = address;
    }
    this.watch(channel, socket);
    return channel;
  }

  /** A connection that a listener's Accept is about to be given. */
  accepted(socket: net.Socket, listener: Channel): Channel {
    const channel = this.add(socket, undefined);
    if (listener.local?.family === 'unix') {
      channel.local = listener.local;
      channel.peer = UNNAMED;
    }
    socket.on('data', (chunk: Buffer) => this.receiver.arrived(channel, chunk));
    this.watch(channel, socket);
    if (socket.destroyed) this.broken(channel, socket.errored);
    this.opened(channel);
    return channel;
  }

  /** A connected socket or a pipe of the system. Throws OSError: EBADF, ENOTSUP for what is neither. */
  adopt(fd: number): Channel {
    const kind = statOf(fd);
    if (!kind.isSocket() && !kind.isFIFO()) throw osError(-ENOTSUP, 'adopt');
    // Node would begin to read at once, and what is a pipe's writing end would break by that.
    const how: net.SocketConstructorOpts & { readonly pauseOnCreate: true } = {
      ...{ fd, allowHalfOpen: true, readable: true, writable: true },
      pauseOnCreate: true,
    };
    const socket = new (nodeNet().Socket)(how);
    const channel = this.add(socket, undefined);
    if (socket.localAddress === undefined) {
      channel.local = UNNAMED;
      channel.peer = UNNAMED;
    }
    socket.on('data', (chunk: Buffer) => this.receiver.arrived(channel, chunk));
    this.watch(channel, socket);
    this.opened(channel);
    return channel;
  }

  /** From now on it is one of the open sockets. */
  opened(channel: Channel): void {
    channel.open = true;
    this.counters.openSockets++;
  }

  close(channel: Channel): void {
    this.forget(channel);
    channel.socket?.destroy();
    channel.server?.close();
    for (const socket of channel.waiting) this.refuse(socket);
  }

  reset(channel: Channel): void {
    this.forget(channel);
    if (channel.socket !== undefined) this.refuse(channel.socket);
    else this.close(channel);
  }

  /** Ends a socket with a reset. Unix sockets know none; and one whose shutdown is on its way Node cannot reset. */
  refuse(socket: net.Socket): void {
    const shuttingDown = socket.writableEnded && !socket.writableFinished;
    if (socket.remoteFamily === undefined || shuttingDown || socket.destroyed) socket.destroy();
    else socket.resetAndDestroy();
  }

  private forget(channel: Channel): void {
    if (channel.closed) return;
    channel.closed = true;
    channel.chunks = [];
    if (channel.open) this.counters.openSockets--;
    this.table.delete(channel.fd);
  }

  private watch(channel: Channel, socket: net.Socket): void {
    socket.on('end', () => this.receiver.ended(channel, 0));
    socket.on('error', (error) => this.broken(channel, error));
    socket.on('close', () => this.broken(channel, socket.errored));
  }

  /** Nothing more can be received or sent. */
  private broken(channel: Channel, error: Error | null): void {
    // While it connects the error is the connect's.
    if (channel.closed || channel.opening !== undefined) return;
    this.receiver.ended(channel, error ? errnoOf(error) : 0);
    if (error) this.sender.fail(channel, errnoOf(error));
  }
}

function bound(local: Address | undefined): { localAddress?: string; localPort?: number } {
  if (local === undefined || local.family === 'unix') return {};
  return { localAddress: zoned(local)!, localPort: local.port };
}
