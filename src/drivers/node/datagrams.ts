import type { Socket, SocketOptions } from 'node:dgram';
import type { Address } from '../../io/address.ts';
import { EBADF, ECANCELED, ENOTSUP } from '../../io/errno.ts';
import * as io from '../../io/operation.ts';
import { nodeDatagrams } from '../../node/builtins.ts';
import type { Counters } from '../counters.ts';
import { checkAddress, toAddress, zoned } from './addresses.ts';
import { errnoOf } from './errors.ts';
import type { Mailbox } from './mailbox.ts';
import { canReusePort } from './opener.ts';

/** As the numbers of streams, see Channels, and none of theirs. */
const FIRST_DESCRIPTOR = 1_500_000_000;
/** In bytes: Node cannot be kept from receiving; what nobody takes is dropped from here on, as a kernel does. */
const UNREAD_LIMIT = 1024 * 1024;
/** In bytes waiting in Node for room in the socket: more is not handed over until some has gone. */
const SEND_LIMIT = 256 * 1024;
/** Datagrams given out or sent for one socket before the others have their turn. */
const TURN_LIMIT = 64;

/** A datagram, or the `-errno` of one that was sent. */
interface Arrival {
  readonly data: Buffer | undefined;
  readonly from: Address | undefined;
  readonly result: number;
}

/** What is known of one socket. */
interface Channel {
  readonly fd: number;
  readonly socket: Socket;
  open: io.OpenDatagram | undefined;
  receive: io.ReceiveFrom | undefined;
  send: io.SendTo | undefined;
  closed: boolean;
  opened: boolean;
  queued: boolean;
  connected: boolean;
  inFlight: number;
  busy: number;
  arrivals: Arrival[];
  unread: number;
  /** Handed to Node, which has not said yet what became of them, and their bytes. */
  sending: number;
  sendingBytes: number;
}

/** Datagram operations, on node:dgram. The driver asks it first about descriptors and operations of this kind. */
export class Datagrams {
  private readonly table = new Map<number, Channel>();
  private last = FIRST_DESCRIPTOR - 1;
  private queue: Channel[] = [];
  private readonly mailbox: Mailbox;
  private readonly counters: Counters;
  private readonly finish: (operation: io.Operation, result: number) => void;

  constructor(mailbox: Mailbox, counters: Counters, finish: (operation: io.Operation, result: number) => void) {
    this.mailbox = mailbox;
    this.counters = counters;
    this.finish = finish;
  }

  get empty(): boolean {
    return this.queue.length === 0;
  }

  has(fd: number): boolean {
    return this.table.has(fd);
  }

  /** False when an operation of this kind is in flight there already. */
  accepts({ kind, fd }: io.Operation): boolean {
    return ((this.table.get(fd)?.busy ?? 0) & (1 << kind)) === 0;
  }

  submit(operation: io.Operation): void {
    const channel = operation.kind === io.OPEN_DATAGRAM ? undefined : this.table.get(operation.fd);
    operation.slot = -1;
    if (operation.kind === io.OPEN_DATAGRAM) this.open(operation as io.OpenDatagram);
    else if (channel === undefined) this.mailbox.end(operation, -EBADF);
    else if (operation.kind === io.RECEIVE_FROM) this.start(channel, operation, 'receive');
    else this.start(channel, operation, 'send');
  }

  cancel(operation: io.Operation): void {
    const channel = this.table.get(operation.slot);
    if (channel === undefined) return;
    if (channel.open === operation) {
      operation.slot = -1;
      this.destroy(channel);
    } else if (channel.receive === operation) channel.receive = undefined;
    else if (channel.send === operation) channel.send = undefined;
    else return;
    this.mailbox.end(operation, -ECANCELED);
  }

  /** Delivers what has come, and sends what is to be sent. An error that a callback throws loses nothing. */
  run(): void {
    for (let count = this.queue.length; count > 0; count--) {
      const channel = this.queue.shift()!;
      channel.queued = false;
      this.deliver(channel);
      this.send(channel);
    }
  }

  /** Before the final completion is told. */
  conclude(operation: io.Operation): void {
    const channel = this.table.get(operation.slot);
    if (channel === undefined) return;
    channel.busy &= ~(1 << operation.kind);
    if (--channel.inFlight === 0) channel.socket.unref();
  }

  isBusy(fd: number): boolean {
    return this.table.get(fd)!.inFlight > 0;
  }

  localAddress(fd: number): Address | undefined {
    const { address, port } = this.table.get(fd)!.socket.address();
    return toAddress(address, port);
  }

  peerAddress(fd: number): Address | undefined {
    const { socket, connected } = this.table.get(fd)!;
    if (!connected) return undefined;
    const { address, port } = socket.remoteAddress();
    return toAddress(address, port);
  }

  close(fd: number): void {
    this.destroy(this.table.get(fd)!);
  }

  dispose(): void {
    for (const { open, receive, send } of this.table.values()) {
      for (const operation of [open, receive, send]) {
        if (operation === undefined || operation.state !== io.SUBMITTED) continue;
        operation.state = io.CANCELLING;
        this.cancel(operation);
      }
    }
  }

  closeAll(): void {
    for (const channel of [...this.table.values()]) this.destroy(channel);
  }

  private open(open: io.OpenDatagram): void {
    const { family, address, peer, options } = open;
    const wrong =
      family === 'unix' || (options?.reusePort === true && !canReusePort()) ? -ENOTSUP : check(address) || check(peer);
    if (wrong !== 0) {
      this.mailbox.end(open, wrong);
      return;
    }
    // Addresses are literals: nothing is to be looked up.
    const lookup = (host: string, _options: unknown, done: (error: null, host: string, family: number) => void): void =>
      done(null, host, family as number);
    // Not known to the types of Node 20.
    const share: object = options?.reusePort === true ? { reusePort: true } : {};
    const type = family === 6 ? 'udp6' : 'udp4';
    const socket = nodeDatagrams().createSocket({ type, lookup, ...share } as SocketOptions);
    const channel = this.add(socket, open);
    const fail = (error: Error): void => this.failed(channel, error);
    socket.on('error', fail);
    socket.on('message', (data, { address: host, port }) => this.arrived(channel, data, toAddress(host, port)));
    socket.on('listening', () => {
      if (channel.closed) return;
      if (options?.broadcast === true) socket.setBroadcast(true);
      if (peer === undefined || peer.family === 'unix') this.opened(channel);
      // Typed without the error that Node gives.
      else socket.connect(peer.port, zoned(peer)!, ((error?: Error) => this.connected(channel, error)) as () => void);
    });
    this.counters.syscalls++;
    const local = address === undefined || address.family === 'unix' ? undefined : address;
    socket.bind({ port: local?.port ?? 0, address: local && zoned(local), exclusive: true });
  }

  private add(socket: Socket, open: io.OpenDatagram): Channel {
    const fd = ++this.last;
    const channel: Channel = {
      ...{ fd, socket, open, receive: undefined, send: undefined },
      ...{ closed: false, opened: false, queued: false, connected: false, inFlight: 1, busy: 0 },
      ...{ arrivals: [], unread: 0, sending: 0, sendingBytes: 0 },
    };
    this.table.set(fd, channel);
    open.slot = fd;
    return channel;
  }

  private connected(channel: Channel, error: Error | undefined): void {
    channel.connected = true;
    if (error) this.failed(channel, error);
    else this.opened(channel);
  }

  private opened(channel: Channel): void {
    const { open } = channel;
    if (channel.closed || open === undefined) return;
    channel.open = undefined;
    channel.opened = true;
    this.counters.openSockets++;
    open.fd = channel.fd;
    this.mailbox.end(open, channel.fd);
  }

  private failed(channel: Channel, error: Error): void {
    const { open } = channel;
    if (channel.closed) return;
    if (open === undefined) {
      this.arrive(channel, { data: undefined, from: undefined, result: errnoOf(error) });
      return;
    }
    open.slot = -1;
    this.destroy(channel);
    this.mailbox.end(open, errnoOf(error));
  }

  private arrived(channel: Channel, data: Buffer, from: Address | undefined): void {
    if (channel.closed || channel.unread + data.length > UNREAD_LIMIT) return;
    channel.unread += data.length;
    this.arrive(channel, { data, from, result: 0 });
  }

  private arrive(channel: Channel, arrival: Arrival): void {
    channel.arrivals.push(arrival);
    if (channel.receive !== undefined) this.enqueue(channel);
  }

  private start(channel: Channel, operation: io.Operation, role: 'receive' | 'send'): void {
    if (role === 'receive') channel.receive = operation as io.ReceiveFrom;
    else channel.send = operation as io.SendTo;
    operation.slot = channel.fd;
    channel.busy |= 1 << operation.kind;
    if (channel.inFlight++ === 0) channel.socket.ref();
    if (role === 'send' || channel.arrivals.length > 0) this.enqueue(channel);
  }

  private enqueue(channel: Channel): void {
    if (channel.queued) return;
    channel.queued = true;
    this.queue.push(channel);
    this.mailbox.rouse();
  }

  private deliver(channel: Channel): void {
    for (let count = Math.min(channel.arrivals.length, TURN_LIMIT); count > 0; count--) {
      const { receive } = channel;
      if (receive === undefined) return;
      const { data, from, result } = channel.arrivals.shift()!;
      channel.unread -= data?.length ?? 0;
      this.enqueue(channel);
      this.counters.completions++;
      if (data === undefined) receive.onError(result);
      else receive.onDatagram(data, 0, data.length, from);
    }
  }

  private send(channel: Channel): void {
    const { send } = channel;
    for (let count = 0; send !== undefined && channel.send === send; count++) {
      if (count === TURN_LIMIT) {
        this.enqueue(channel);
        return;
      }
      // Goes on when Node calls back.
      if (channel.sending > 0 && queued(channel) > SEND_LIMIT) return;
      if (!send.next()) {
        if (channel.sending > 0) return;
        channel.send = undefined;
        this.finish(send, 0);
        return;
      }
      this.enqueue(channel);
      this.counters.completions++;
      this.counters.syscalls++;
      send.onSent(this.handOver(channel, send.data, send.address));
    }
  }

  /** What the system refuses comes later, with what arrives. */
  private handOver(channel: Channel, data: Uint8Array, address: Address | undefined): number {
    const { socket } = channel;
    const done = (error: Error | null): void => {
      channel.sending--;
      channel.sendingBytes -= data.length;
      if (channel.closed) return;
      if (error) this.failed(channel, error);
      if (channel.send !== undefined) this.enqueue(channel);
    };
    const wrong = check(address);
    if (wrong !== 0) return wrong;
    channel.sending++;
    channel.sendingBytes += data.length;
    if (address === undefined || address.family === 'unix') socket.send(data, done);
    else socket.send(data, address.port, zoned(address), done);
    return data.length;
  }

  private destroy(channel: Channel): void {
    if (channel.closed) return;
    channel.closed = true;
    channel.arrivals = [];
    channel.open = undefined;
    if (channel.opened) this.counters.openSockets--;
    this.table.delete(channel.fd);
    channel.socket.close();
  }
}

function check(address: Address | undefined): number {
  if (address === undefined) return 0;
  return address.family === 'unix' ? -ENOTSUP : checkAddress(address);
}

/** In bytes: what waits for room in the socket. Deno's sockets do not tell; what it has not called back for is more. */
function queued({ socket, sendingBytes }: Channel): number {
  const { getSendQueueSize } = socket as Partial<Pick<Socket, 'getSendQueueSize'>>;
  return getSendQueueSize === undefined ? sendingBytes : getSendQueueSize.call(socket);
}
