import { RuntimeError } from '../../core/errors.ts';
import type { Address } from '../../io/address.ts';
import type { Driver, DriverStats, ShutdownHow, SocketOption } from '../../io/driver.ts';
import { EBADF, ENOTCONN, ENOTSUP } from '../../io/errno.ts';
import * as io from '../../io/operation.ts';
import { osError } from '../../io/os-error.ts';
import { Counters } from '../counters.ts';
import { Ends } from '../ends.ts';
import { toAddress } from './addresses.ts';
import { type Channel, disengage, engage } from './channel.ts';
import { Channels } from './channels.ts';
import { Datagrams } from './datagrams.ts';
import { Mailbox } from './mailbox.ts';
import { Opener } from './opener.ts';
import { Receiver } from './receiver.ts';
import { Sender } from './sender.ts';

/**
 * On node:net alone, for every platform that Node runs on: no foreign functions, no descriptors. Sockets do their work in
 * Node's own loop; what they report is kept until `poll`. `docs/drivers.md` tells what it cannot do.
 */
export class NodeDriver implements Driver {
  readonly name = 'node';
  readonly timed = false;
  readonly readyFd = undefined;
  onWake: (() => void) | undefined = undefined;
  private closed = false;
  private readonly counters = new Counters();
  private readonly ends = new Ends(this.counters);
  private readonly finish = (operation: io.Operation, result: number): void => this.conclude(operation, result);
  private readonly mailbox = new Mailbox(this.ends, () => this.onWake?.());
  private readonly sender = new Sender(this.mailbox, this.counters);
  private readonly receiver = new Receiver(this.mailbox, this.counters, this.finish);
  private readonly channels = new Channels(this.counters, this.receiver, this.sender);
  private readonly opener = new Opener(this.channels, this.mailbox, this.counters, this.finish);
  private readonly datagrams = new Datagrams(this.mailbox, this.counters, this.finish);
  private readonly deliver = (channel: Channel): void => {
    if (channel.server !== undefined) this.opener.run(channel);
    else this.receiver.run(channel);
  };

  submit(operation: io.Operation): void {
    if (this.closed) throw new RuntimeError('the driver is closed');
    if (operation.state !== io.IDLE) throw new RuntimeError('the operation is in flight already');
    checkFields(operation);
    const { kind } = operation;
    if (kind >= io.OPEN_DATAGRAM) {
      this.submitDatagram(operation);
      return;
    }
    const opens = kind === io.CONNECT || kind === io.LISTEN;
    const found = opens ? undefined : this.channels.find(operation.fd);
    if (found !== undefined && kind !== io.POLL && (found.busy & (1 << kind)) !== 0) {
      throw new RuntimeError(`an operation of this kind is in flight on fd ${operation.fd} already`);
    }
    operation.state = io.SUBMITTED;
    operation.slot = -1;
    this.counters.inFlight++;
    const channel = opens ? this.open(operation as io.Connect | io.Listen) : found;
    if (channel === undefined) {
      if (!opens) this.mailbox.end(operation, -EBADF);
      return;
    }
    operation.slot = channel.fd;
    channel.busy |= 1 << kind;
    engage(channel);
    if (!opens) this.start(channel, operation);
  }

  append(send: io.Send, data: Uint8Array): boolean {
    const channel = this.channels.find(send.slot);
    return channel !== undefined && this.sender.append(channel, send, data);
  }

  cancel(operation: io.Operation): void {
    if (operation.state !== io.SUBMITTED) return;
    operation.state = io.CANCELLING;
    if (operation.kind >= io.OPEN_DATAGRAM) {
      this.datagrams.cancel(operation);
      return;
    }
    // An operation that is in no channel (any more) has its end on the way: that result stands.
    const channel = this.channels.find(operation.slot);
    if (channel === undefined) return;
    if (channel.send === operation) this.sender.cancel(channel);
    else if (channel.receive === operation) this.receiver.cancel(channel);
    else if (channel.accept === operation) this.opener.cancelAccept(channel);
    else if (channel.opening === operation) this.opener.cancelOpening(channel);
  }

  flush(): void {
    this.sender.flush();
  }

  poll(): number {
    if (this.closed) return 0;
    const { counters } = this;
    const before = counters.completions;
    counters.polls++;
    this.mailbox.asleep = false;
    this.sender.flush();
    // Ends first: whose send is over can answer the next message directly.
    this.ends.deliver(this.finish);
    this.mailbox.run(this.deliver);
    this.datagrams.run();
    // Answers made while data was delivered go out at once, and their ends need no poll of their own.
    this.sender.flush();
    this.ends.deliver(this.finish);
    return counters.completions - before;
  }

  /** As `poll`: nothing can arrive before the thread is given back to Node, so there is no use in waiting. */
  wait(_timeoutMs: number): number {
    return this.poll();
  }

  prepareSleep(_timeoutMs: number | undefined): boolean {
    this.flush();
    if (!this.mailbox.empty || !this.datagrams.empty) return false;
    this.mailbox.asleep = true;
    return true;
  }

  localAddress(fd: number): Address {
    if (this.datagrams.has(fd)) return known(this.datagrams.localAddress(fd), 'getsockname');
    const channel = this.channelOf(fd, 'getsockname');
    channel.local ??= localAddressOf(channel);
    if (channel.local === undefined) throw osError(-ENOTCONN, 'getsockname');
    return channel.local;
  }

  peerAddress(fd: number): Address {
    if (this.datagrams.has(fd)) return known(this.datagrams.peerAddress(fd), 'getpeername');
    const channel = this.channelOf(fd, 'getpeername');
    channel.peer ??= toAddress(channel.socket?.remoteAddress, channel.socket?.remotePort);
    if (channel.peer === undefined) throw osError(-ENOTCONN, 'getpeername');
    return channel.peer;
  }

  /** Throws OSError `ENOTSUP` for the sizes of buffers, and for `noDelay` on a unix socket. */
  setOption(fd: number, option: SocketOption, value: number): void {
    const { socket, local } = this.channelOf(fd, 'setsockopt');
    const unix = local?.family === 'unix';
    if (option === 'noDelay' && socket !== undefined && !unix) socket.setNoDelay(value !== 0);
    else if (option === 'keepAlive' && socket !== undefined) socket.setKeepAlive(value !== 0);
    else throw osError(-ENOTSUP, 'setsockopt');
  }

  shutdown(fd: number, how: ShutdownHow): void {
    const channel = this.channelOf(fd, 'shutdown');
    const { socket } = channel;
    if (socket === undefined || (socket.destroyed && !channel.writeShut)) throw osError(-ENOTCONN, 'shutdown');
    if (how !== 'write' && !channel.readShut) {
      // node:net has no such call. What had arrived is still delivered, and then comes the end.
      this.receiver.ended(channel, 0);
      channel.readShut = true;
      socket.pause();
    }
    if (how === 'read' || channel.writeShut) return;
    this.counters.syscalls++;
    channel.writeShut = true;
    socket.end();
  }

  close(fd: number): void {
    if (this.datagrams.has(fd)) this.closeDatagram(fd);
    else this.channels.close(this.idleChannel(fd));
  }

  reset(fd: number): void {
    if (this.datagrams.has(fd)) this.closeDatagram(fd);
    else this.channels.reset(this.idleChannel(fd));
  }

  adoptStream(fd: number): number {
    return this.channels.adopt(fd).fd;
  }

  /** `syscalls` counts the calls to Node that make one. */
  get stats(): DriverStats {
    const { inFlight, openSockets, polls, completions, syscalls } = this.counters;
    return { inFlight, openSockets, polls, completions, syscalls, mappedBytes: 0 };
  }

  dispose(): void {
    if (this.closed) return;
    this.closed = true;
    const errors: unknown[] = [];
    for (const { receive, accept, opening, send } of this.channels.all()) {
      for (const operation of [receive, accept, opening, send]) if (operation !== undefined) this.cancel(operation);
    }
    this.datagrams.dispose();
    while (!this.ends.empty) {
      try {
        this.ends.deliver(this.finish);
      } catch (error) {
        errors.push(error);
      }
    }
    for (const channel of this.channels.all()) this.channels.close(channel);
    this.datagrams.closeAll();
    if (errors.length > 0) throw errors[0];
  }

  private submitDatagram(operation: io.Operation): void {
    if (operation.kind !== io.OPEN_DATAGRAM && !this.datagrams.accepts(operation)) {
      throw new RuntimeError(`an operation of this kind is in flight on fd ${operation.fd} already`);
    }
    operation.state = io.SUBMITTED;
    this.counters.inFlight++;
    this.datagrams.submit(operation);
  }

  private closeDatagram(fd: number): void {
    if (this.datagrams.isBusy(fd)) throw new RuntimeError(`fd ${fd} has operations in flight`);
    this.datagrams.close(fd);
  }

  private open(operation: io.Connect | io.Listen): Channel | undefined {
    if (operation.kind === io.CONNECT) return this.opener.connect(operation as io.Connect);
    return this.opener.listen(operation as io.Listen);
  }

  private start(channel: Channel, operation: io.Operation): void {
    const { kind } = operation;
    if (kind === io.ACCEPT && channel.server !== undefined) this.opener.accept(channel, operation as io.Accept);
    else if (kind === io.RECEIVE && channel.socket !== undefined) this.receiver.start(channel, operation as io.Receive);
    else if (kind === io.SEND && channel.socket !== undefined) this.sender.submit(channel, operation as io.Send);
    // Readiness is nothing that node:net tells; nor do listeners send, or connections accept.
    else this.mailbox.end(operation, -ENOTSUP);
  }

  private channelOf(fd: number, syscall: string): Channel {
    const channel = this.channels.find(fd);
    if (channel === undefined) throw osError(-EBADF, syscall);
    return channel;
  }

  private idleChannel(fd: number): Channel {
    const channel = this.channelOf(fd, 'close');
    if (channel.inFlight > 0) throw new RuntimeError(`fd ${fd} has operations in flight`);
    return channel;
  }

  /** Gives the operation back to its owner, who may submit it again from inside. */
  private conclude(operation: io.Operation, result: number): void {
    if (operation.kind >= io.OPEN_DATAGRAM) this.datagrams.conclude(operation);
    const channel = this.channels.find(operation.slot);
    if (channel !== undefined) {
      channel.busy &= ~(1 << operation.kind);
      disengage(channel);
    }
    this.ends.conclude(operation, result);
  }
}

/** Throws before anything has happened when the owner forgot to fill the operation in. */
function checkFields(operation: io.Operation): void {
  const { kind } = operation;
  if (kind === io.SEND && !(operation as io.Send).data?.length) throw new RuntimeError('a send needs data');
  if (kind === io.FILE) throw new RuntimeError('this driver has no files');
  if (kind !== io.CONNECT && kind !== io.LISTEN) return;
  const named = (operation as io.Connect | io.Listen).address !== undefined;
  if (!named && !((operation as io.Listen).descriptor >= 0)) throw new RuntimeError('an address is needed');
  if (kind === io.LISTEN && (operation as io.Listen).options === undefined)
    throw new RuntimeError('options are needed');
}

function known(address: Address | undefined, syscall: string): Address {
  if (address === undefined) throw osError(-ENOTCONN, syscall);
  return address;
}

function localAddressOf({ socket, server }: Channel): Address | undefined {
  if (socket !== undefined) return toAddress(socket.localAddress, socket.localPort);
  const address = server!.address();
  return address === null || typeof address === 'string' ? undefined : toAddress(address.address, address.port);
}
