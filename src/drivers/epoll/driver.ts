import { RuntimeError } from '../../core/errors.ts';
import { EPOLLIN, EPOLLOUT } from '../../ffi/constants.ts';
import { descriptorCalls } from '../../ffi/descriptor-calls.ts';
import * as sockets from '../../ffi/sockets.ts';
import type { Address } from '../../io/address.ts';
import type { DescriptorCalls } from '../../io/descriptor-calls.ts';
import type { Driver, DriverStats, ShutdownHow, SocketOption } from '../../io/driver.ts';
import { EBADF, ECANCELED, EINPROGRESS } from '../../io/errno.ts';
import * as io from '../../io/operation.ts';
import { Counters } from '../counters.ts';
import { Ends } from '../ends.ts';
import type { Channel } from './channel.ts';
import { Channels } from './channels.ts';
import { Poller } from './poller.ts';
import { Runner } from './runner.ts';
import { Sender } from './sender.ts';

/**
 * The reactor: readiness from epoll, made to look like completion. Every descriptor is registered once and by edge; what
 * is known to be ready is remembered (see Channel.ready), so that a message costs one recv, one send and its share of an
 * epoll_wait. All system calls are synchronous: no memory is ever the kernel's when JavaScript runs.
 */
export class EpollDriver implements Driver {
  readonly name = 'epoll';
  readonly timed = true;
  readonly readyFd: number;
  onWake: (() => void) | undefined = undefined;
  private closed = false;
  private readonly counters = new Counters();
  private readonly poller = new Poller(this.counters);
  private readonly ends = new Ends(this.counters);
  private readonly channels = new Channels(this.poller, this.ends, this.counters);
  private readonly sender = new Sender(this.channels, this.ends, this.counters);
  private readonly finish = (operation: io.Operation, result: number): void => this.conclude(operation, result);
  private readonly runner = new Runner(this.channels, this.sender, this.counters, this.finish);
  private readonly onEvent = (fd: number, generation: number, events: number): void => {
    const channel = this.channels.note(fd, generation, events);
    if (channel !== undefined) this.runner.enqueue(channel);
  };

  constructor() {
    this.readyFd = this.poller.fd;
  }

  submit(operation: io.Operation): void {
    if (this.closed) throw new RuntimeError('the driver is closed');
    if (operation.state !== io.IDLE) throw new RuntimeError('the operation is in flight already');
    checkFields(operation);
    const channel = this.reserve(operation);
    if (operation.kind === io.SEND && channel !== undefined) this.sender.submit(channel, operation as io.Send);
    operation.state = io.SUBMITTED;
    this.counters.inFlight++;
    if (channel === undefined) this.startWithoutSocket(operation);
    else {
      channel.busy |= 1 << operation.kind;
      channel.inFlight++;
      operation.slot = channel.fd;
      if (operation.kind !== io.SEND) this.start(channel, operation);
    }
  }

  append(send: io.Send, data: Uint8Array): boolean {
    const channel = this.channels.find(send.slot);
    return channel !== undefined && this.sender.append(channel, send, data);
  }

  cancel(operation: io.Operation): void {
    if (operation.state !== io.SUBMITTED) return;
    operation.state = io.CANCELLING;
    // An operation that is in no channel (any more) has its end on the way: that result stands.
    const channel = this.channels.find(operation.slot);
    if (channel === undefined) return;
    if (channel.send === operation) {
      this.sender.cancel(channel);
      return;
    }
    if (channel.receive === operation) channel.receive = undefined;
    else if (channel.accept === operation) channel.accept = undefined;
    else if (channel.receiveFrom === operation) channel.receiveFrom = undefined;
    else if (channel.sendTo === operation) channel.sendTo = undefined;
    else if (channel.connect === operation) this.abandonConnect(channel);
    else {
      if (forget(channel.polls, operation)) this.channels.endPoll(channel, operation as io.Poll, -ECANCELED);
      return;
    }
    this.ends.push(operation, -ECANCELED);
  }

  flush(): void {
    this.sender.flush();
  }

  poll(): number {
    return this.turn(0);
  }

  wait(timeoutMs: number): number {
    this.flush();
    return this.turn(this.pending ? 0 : timeoutMs);
  }

  prepareSleep(timeoutMs: number | undefined): boolean {
    this.flush();
    if (this.pending) return false;
    // Nothing to arm for descriptors: their events wait in the set, and the set is readable as long as they do.
    if (timeoutMs !== undefined) this.poller.wakeIn(timeoutMs);
    return true;
  }

  localAddress(fd: number): Address {
    return sockets.localAddress(fd);
  }

  peerAddress(fd: number): Address {
    return sockets.peerAddress(fd);
  }

  setOption(fd: number, option: SocketOption, value: number): void {
    sockets.setOption(fd, option, value);
  }

  shutdown(fd: number, how: ShutdownHow): void {
    sockets.shutdown(fd, how);
  }

  get descriptors(): DescriptorCalls {
    return descriptorCalls();
  }

  adopt(fd: number): void {
    this.channels.open(fd, false);
  }

  close(fd: number): void {
    this.forgetSocket(fd);
    sockets.close(fd);
  }

  reset(fd: number): void {
    this.forgetSocket(fd);
    sockets.lingerZero(fd);
    sockets.close(fd);
  }

  get stats(): DriverStats {
    const { inFlight, openSockets, polls, completions, syscalls } = this.counters;
    // All memory is ordinary JavaScript memory: nothing is mapped.
    return { inFlight, openSockets, polls, completions, syscalls, mappedBytes: 0 };
  }

  dispose(): void {
    if (this.closed) return;
    this.closed = true;
    const errors: unknown[] = [];
    for (const channel of this.channels.all()) this.cancelAll(channel);
    while (!this.ends.empty) {
      try {
        this.ends.deliver(this.finish);
      } catch (error) {
        errors.push(error);
      }
    }
    for (const channel of this.channels.all()) {
      this.channels.drop(channel);
      if (channel.owned) sockets.close(channel.fd);
    }
    this.poller.close();
    if (errors.length > 0) throw errors[0];
  }

  private get pending(): boolean {
    return !this.ends.empty || !this.runner.idle;
  }

  private turn(timeoutMs: number): number {
    if (this.closed) return 0;
    const { counters } = this;
    const before = counters.completions;
    counters.polls++;
    this.sender.flush();
    this.poller.collect(timeoutMs, this.onEvent);
    // Ends first: whose send is over can answer the next message directly.
    this.ends.deliver(this.finish);
    this.runner.run();
    // Answers made while data was delivered go out at once, and their ends need no poll of their own.
    this.sender.flush();
    this.ends.deliver(this.finish);
    return counters.completions - before;
  }

  /** The channel for an operation on a socket; undefined when it has none yet, or never can. */
  private reserve(operation: io.Operation): Channel | undefined {
    const { kind, fd } = operation;
    if (makesSocket(kind) || !(fd >= 0)) return undefined;
    const channel = this.channels.use(fd);
    if (kind !== io.POLL && (channel.busy & (1 << kind)) !== 0) {
      throw new RuntimeError(`an operation of this kind is in flight on fd ${fd} already`);
    }
    return channel;
  }

  private start(channel: Channel, operation: io.Operation): void {
    let result = 0;
    if (operation.kind === io.POLL) {
      const { events } = operation as io.Poll;
      const mask = ((events & io.READABLE) !== 0 ? EPOLLIN : 0) | ((events & io.WRITABLE) !== 0 ? EPOLLOUT : 0);
      // What is remembered does not count here, as others may read the descriptor too: the kernel is to say it anew.
      result = this.channels.rearm(channel, mask);
      (channel.polls ??= []).push(operation as io.Poll);
    } else if (operation.kind === io.SEND_TO) {
      channel.sendTo = operation as io.SendTo;
      channel.sendTo.held = false;
      if ((channel.ready & EPOLLOUT) !== 0) this.runner.enqueue(channel);
    } else {
      result = this.channels.watch(channel, EPOLLIN);
      if (operation.kind === io.RECEIVE) channel.receive = operation as io.Receive;
      else if (operation.kind === io.RECEIVE_FROM) channel.receiveFrom = operation as io.ReceiveFrom;
      else channel.accept = operation as io.Accept;
      if ((channel.ready & EPOLLIN) !== 0) this.runner.enqueue(channel);
    }
    if (result < 0) {
      if (operation.kind === io.RECEIVE) channel.receive = undefined;
      else if (operation.kind === io.RECEIVE_FROM) channel.receiveFrom = undefined;
      else if (operation.kind === io.ACCEPT) channel.accept = undefined;
      if (forget(channel.polls, operation)) this.channels.endPoll(channel, operation as io.Poll, result);
      else this.ends.push(operation, result);
    }
  }

  private startWithoutSocket(operation: io.Operation): void {
    operation.slot = -1;
    if (operation.kind === io.CONNECT) this.connect(operation as io.Connect);
    else if (operation.kind === io.LISTEN) this.listen(operation as io.Listen);
    else if (operation.kind === io.OPEN_DATAGRAM) this.openDatagram(operation as io.OpenDatagram);
    else this.ends.push(operation, -EBADF);
  }

  private listen(listen: io.Listen): void {
    const fd = sockets.openListener(listen.address!, listen.options!);
    if (fd >= 0) {
      this.channels.open(fd, isInet(listen.address!));
      listen.fd = fd;
    }
    this.ends.push(listen, fd);
  }

  private openDatagram(open: io.OpenDatagram): void {
    const fd = sockets.openDatagramSocket(open);
    if (fd >= 0) {
      this.channels.open(fd, false);
      open.fd = fd;
    }
    this.ends.push(open, fd);
  }

  private connect(connect: io.Connect): void {
    const fd = sockets.openConnector(connect.address!, connect.localAddress);
    if (fd < 0) {
      this.ends.push(connect, fd);
      return;
    }
    const result = sockets.startConnect(fd, connect.address!);
    const channel = this.channels.open(fd, isInet(connect.address!));
    const watched = result === -EINPROGRESS ? this.channels.watch(channel, EPOLLOUT) : 0;
    if (result === 0) {
      connect.fd = fd;
      this.ends.push(connect, fd);
    } else if (result === -EINPROGRESS && watched === 0) {
      // Until it is connected the socket cannot be written: only an event may say so.
      channel.ready &= ~EPOLLOUT;
      channel.connect = connect;
      channel.inFlight++;
      connect.slot = fd;
    } else {
      this.discard(channel);
      this.ends.push(connect, watched < 0 ? watched : result);
    }
  }

  private abandonConnect(channel: Channel): void {
    const connect = channel.connect!;
    channel.connect = undefined;
    connect.slot = -1;
    this.discard(channel);
  }

  private discard(channel: Channel): void {
    this.channels.drop(channel);
    sockets.close(channel.fd);
  }

  private forgetSocket(fd: number): void {
    const channel = this.channels.find(fd);
    if (channel === undefined) return;
    if (channel.inFlight > 0) throw new RuntimeError(`fd ${fd} has operations in flight`);
    this.channels.drop(channel);
  }

  private cancelAll(channel: Channel): void {
    for (const operation of channel.running()) this.cancel(operation);
  }

  /** Gives the operation back to its owner, who may submit it again from inside. */
  private conclude(operation: io.Operation, result: number): void {
    const channel = this.channels.find(operation.slot);
    if (channel !== undefined) {
      channel.busy &= ~(1 << operation.kind);
      channel.inFlight--;
    }
    if (channel === undefined || channel.owned) {
      this.ends.conclude(operation, result);
      return;
    }
    try {
      this.ends.conclude(operation, result);
    } finally {
      this.channels.release(channel);
    }
  }
}

/** Throws before anything has happened when the owner forgot to fill the operation in. */
function checkFields(operation: io.Operation): void {
  const { kind } = operation;
  if (kind === io.SEND && !(operation as io.Send).data?.length) throw new RuntimeError('a send needs data');
  if (kind === io.FILE) throw new RuntimeError('this driver has no files');
  if (kind !== io.CONNECT && kind !== io.LISTEN) return;
  if ((operation as io.Connect | io.Listen).address === undefined) throw new RuntimeError('an address is needed');
  if (kind === io.LISTEN && (operation as io.Listen).options === undefined)
    throw new RuntimeError('options are needed');
}

function makesSocket(kind: number): boolean {
  return kind === io.CONNECT || kind === io.LISTEN || kind === io.OPEN_DATAGRAM;
}

function isInet(address: Address): boolean {
  return address.family !== 'unix';
}

/** Takes `operation` out of the list; false when it is not in it. */
function forget(polls: io.Poll[] | undefined, operation: io.Operation): boolean {
  const at = polls?.indexOf(operation as io.Poll) ?? -1;
  if (at < 0) return false;
  polls!.splice(at, 1);
  return true;
}
