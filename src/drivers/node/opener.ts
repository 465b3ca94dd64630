import type * as net from 'node:net';
import type { Address } from '../../io/address.ts';
import { ECANCELED, ENOTSUP } from '../../io/errno.ts';
import type { Accept, Connect, Listen, ListenOptions, Operation } from '../../io/operation.ts';
import { SUBMITTED } from '../../io/operation.ts';
import { nodeNet } from '../../node/builtins.ts';
import type { Counters } from '../counters.ts';
import { checkAddress, zoned } from './addresses.ts';
import type { Channel } from './channel.ts';
import type { Channels } from './channels.ts';
import { errnoOf } from './errors.ts';
import type { Mailbox } from './mailbox.ts';

/** The first versions of Node whose `listen` knows `reusePort`; those before ignore it, and so cannot be tried. */
const REUSE_PORT_SINCE: readonly (readonly [major: number, minor: number])[] = [
  [22, 12],
  [23, 1],
];

/** Whether this Node can share a port between listeners. */
export function canReusePort(version: string = process.versions.node): boolean {
  const [major, minor] = version.split('.').map(Number) as [number, number];
  const since = REUSE_PORT_SINCE.find(([first]) => first === major);
  return since === undefined ? major > 23 : minor >= since[1];
}

/** Connects, listens and accepts. Node's events become ends and connections in the mailbox. */
export class Opener {
  private readonly channels: Channels;
  private readonly mailbox: Mailbox;
  private readonly counters: Counters;
  private readonly finish: (operation: Operation, result: number) => void;

  constructor(
    channels: Channels,
    mailbox: Mailbox,
    counters: Counters,
    finish: (operation: Operation, result: number) => void,
  ) {
    this.channels = channels;
    this.mailbox = mailbox;
    this.counters = counters;
    this.finish = finish;
  }

  connect(connect: Connect): Channel | undefined {
    const address = connect.address!;
    const local = connect.localAddress;
    const wrong = checkAddress(address) || (local === undefined ? 0 : checkLocal(address, local));
    if (wrong !== 0) {
      this.mailbox.end(connect, wrong);
      return undefined;
    }
    this.counters.syscalls++;
    const channel = this.channels.connect(address, local);
    channel.opening = connect;
    const socket = channel.socket!;
    socket.once('connect', () => this.opened(channel));
    socket.once('error', (error) => this.failed(channel, error));
    return channel;
  }

  listen(listen: Listen): Channel | undefined {
    const { address, descriptor } = listen;
    const options = listen.options!;
    const wrong = address === undefined ? 0 : checkListen(address, options);
    if (wrong !== 0) {
      this.mailbox.end(listen, wrong);
      return undefined;
    }
    this.counters.syscalls++;
    const server = nodeNet().createServer({ allowHalfOpen: true, pauseOnConnect: true });
    const channel = this.channels.add(undefined, server);
    channel.opening = listen;
    channel.backlog = Math.max(1, options.backlog);
    channel.local = address?.family === 'unix' ? address : undefined;
    server.on('listening', () => this.listening(channel));
    server.on('error', (error) => this.failed(channel, error));
    server.on('connection', (socket: net.Socket) => this.arrived(channel, socket));
    if (address !== undefined) server.listen(listenOptions(address, options));
    else server.listen({ fd: descriptor, backlog: options.backlog, exclusive: true });
    return channel;
  }

  /** Takes the connect or listen out of its channel, which is closed. */
  cancelOpening(channel: Channel): void {
    const opening = channel.opening!;
    channel.opening = undefined;
    opening.slot = -1;
    this.channels.close(channel);
    this.mailbox.end(opening, -ECANCELED);
  }

  accept(channel: Channel, accept: Accept): void {
    channel.accept = accept;
    if (channel.waiting.length > 0 || channel.ending !== undefined) this.mailbox.enqueue(channel);
  }

  cancelAccept(channel: Channel): void {
    const accept = channel.accept!;
    channel.accept = undefined;
    this.mailbox.end(accept, -ECANCELED);
  }

  /** Gives out the connections that wait. */
  run(channel: Channel): void {
    const { accept, waiting } = channel;
    if (accept === undefined) return;
    while (channel.accept === accept && accept.state === SUBMITTED && waiting.length > 0) {
      const socket = waiting.shift()!;
      // First of all, so that nothing is forgotten when onConnection throws.
      if (waiting.length > 0) this.mailbox.enqueue(channel);
      const accepted = this.channels.accepted(socket, channel);
      this.counters.completions++;
      accept.onConnection(accepted.fd);
    }
    if (channel.accept !== accept || waiting.length > 0 || channel.ending === undefined) return;
    const result = channel.ending;
    channel.ending = undefined;
    channel.accept = undefined;
    this.finish(accept, result);
  }

  private opened(channel: Channel): void {
    const { opening } = channel;
    if (opening === undefined || channel.closed) return;
    channel.opening = undefined;
    this.channels.opened(channel);
    opening.fd = channel.fd;
    this.mailbox.end(opening, channel.fd);
  }

  private listening(channel: Channel): void {
    // Node goes on with a listen that was closed before it began.
    if (channel.closed) channel.server!.close();
    else {
      const where = channel.server!.address();
      if (typeof where === 'string') channel.local ??= { family: 'unix', path: where };
      this.opened(channel);
    }
  }

  private failed(channel: Channel, error: Error): void {
    const { opening } = channel;
    if (channel.closed) return;
    if (opening !== undefined) {
      channel.opening = undefined;
      opening.slot = -1;
      this.channels.close(channel);
      this.mailbox.end(opening, errnoOf(error));
    } else if (channel.server !== undefined) {
      // A listener of Node's goes on after most errors: tell the accept of this one, or the next accept.
      channel.ending = errnoOf(error);
      if (channel.accept !== undefined) this.mailbox.enqueue(channel);
    }
  }

  private arrived(channel: Channel, socket: net.Socket): void {
    // Broken off while it waits: that is found when it is read.
    socket.on('error', ignore);
    // Node cannot be kept from accepting. While nobody takes them only a backlog of connections is kept.
    if (channel.closed || (channel.accept === undefined && channel.waiting.length >= channel.backlog)) {
      this.channels.refuse(socket);
      return;
    }
    channel.waiting.push(socket);
    if (channel.accept !== undefined) this.mailbox.enqueue(channel);
  }
}

function ignore(): void {}

/** 0 or `-errno` of a local address: of the same kind as the peer's, and unix sockets cannot have one here. */
function checkLocal(address: Address, local: Address): number {
  return address.family === 'unix' || local.family === 'unix' ? -ENOTSUP : checkAddress(local);
}

function checkListen(address: Address, options: ListenOptions): number {
  return checkAddress(address) || (options.reusePort && (address.family === 'unix' || !canReusePort()) ? -ENOTSUP : 0);
}

function listenOptions(address: Address, options: ListenOptions): net.ListenOptions {
  const { backlog, reusePort, v6Only } = options;
  if (address.family === 'unix') return { path: address.path, backlog, exclusive: true };
  const where = { host: zoned(address), port: address.port, backlog, exclusive: true };
  // Not known to the types of Node 20.
  const share: object = reusePort ? { reusePort } : {};
  return { ...where, ...share, ipv6Only: address.family === 6 && v6Only };
}
