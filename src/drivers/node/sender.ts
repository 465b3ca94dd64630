import { ECANCELED, EPIPE } from '../../io/errno.ts';
import { COPY_LIMIT, type Send } from '../../io/operation.ts';
import type { Counters } from '../counters.ts';
import type { Channel } from './channel.ts';
import { errnoOf } from './errors.ts';
import type { Mailbox } from './mailbox.ts';

/** Values of `Channel.sendState`. */
export const SEND_NONE = 0;
/** Waits for the flush at the end of the turn. */
export const SEND_QUEUED = 1;
/** Flushed, but Node still has bytes of a cancelled send. */
export const SEND_WAITING = 2;
/** Handed to Node, all or a slice of it. */
export const SEND_WRITING = 3;

/**
 * In bytes. Long data goes to Node in slices, each a copy: what Node has cannot be taken back, so that a cancel could
 * otherwise give the caller neither the rest nor its memory while the peer does not read.
 */
const SLICE_LENGTH = 64 * 1024;

/** Sends: gathered while a turn runs, handed to Node by `flush`. */
export class Sender {
  private queue: Channel[] = [];
  private readonly mailbox: Mailbox;
  private readonly counters: Counters;

  constructor(mailbox: Mailbox, counters: Counters) {
    this.mailbox = mailbox;
    this.counters = counters;
  }

  submit(channel: Channel, send: Send): void {
    const data = send.data!;
    channel.send = send;
    channel.sendLength = data.length;
    channel.handed = 0;
    if (data.length > COPY_LIMIT) channel.sendLong = data;
    else channel.pieces.push(Buffer.from(data));
    channel.sendState = SEND_QUEUED;
    this.queue.push(channel);
  }

  append(channel: Channel, send: Send, data: Uint8Array): boolean {
    if (channel.send !== send || channel.sendState !== SEND_QUEUED || channel.sendLong !== undefined) return false;
    if (channel.sendLength + data.length > COPY_LIMIT) return false;
    channel.pieces.push(Buffer.from(data));
    channel.sendLength += data.length;
    return true;
  }

  flush(): void {
    const { queue } = this;
    if (queue.length === 0) return;
    this.queue = [];
    for (const channel of queue) {
      // A cancelled send is out of its channel but still in this list; one sent anew is there twice.
      if (channel.sendState === SEND_QUEUED) this.begin(channel);
    }
  }

  /** Ends with what Node has of it (that will be sent), or as cancelled when it has nothing. */
  cancel(channel: Channel): void {
    // Node reads the slab until it has written it.
    channel.slab = undefined;
    this.finish(channel, channel.handed > 0 ? channel.handed : -ECANCELED);
  }

  /** The connection broke. */
  fail(channel: Channel, result: number): void {
    if (channel.send !== undefined) this.finish(channel, result);
  }

  private begin(channel: Channel): void {
    const socket = channel.socket!;
    if (channel.writeShut) this.finish(channel, -EPIPE);
    else if (socket.destroyed) this.finish(channel, channel.ending || -EPIPE);
    else if (socket.writableLength > 0) channel.sendState = SEND_WAITING;
    else this.proceed(channel);
  }

  /** Hands over what comes next, and goes on for as long as the system takes it at once. */
  private proceed(channel: Channel): void {
    const socket = channel.socket!;
    channel.sendState = SEND_WRITING;
    while (channel.handed < channel.sendLength) {
      const data = this.nextData(channel);
      channel.handed += data.length;
      this.counters.syscalls++;
      // Its own function each time: it may come after the send is over, and after another one has begun.
      socket.write(data, (error) => this.written(channel, error));
      if (socket.errored || socket.destroyed) return;
      // Node tells a write that was done at once in a later tick only; the length of its queue tells it now.
      if (socket.writableLength > 0) return;
    }
    this.finish(channel, channel.handed);
  }

  private nextData(channel: Channel): Uint8Array {
    const { sendLong, pieces, handed } = channel;
    if (sendLong === undefined) {
      const data = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
      channel.pieces = [];
      return data;
    }
    channel.slab ??= Buffer.allocUnsafeSlow(Math.min(SLICE_LENGTH, sendLong.length));
    const slice = sendLong.subarray(handed, handed + SLICE_LENGTH);
    channel.slab.set(slice);
    return channel.slab.subarray(0, slice.length);
  }

  private written(channel: Channel, error: Error | null | undefined): void {
    if (channel.closed) return;
    if (error) {
      // Writes behind a failed one fail as "destroyed": the reason is the socket's.
      this.fail(channel, errnoOf(channel.socket!.errored ?? error));
      return;
    }
    if (channel.socket!.writableLength > 0) return;
    if (channel.sendState === SEND_WAITING) this.begin(channel);
    else if (channel.sendState !== SEND_WRITING) return;
    else if (channel.handed < channel.sendLength) this.proceed(channel);
    else this.finish(channel, channel.handed);
  }

  private finish(channel: Channel, result: number): void {
    const send = channel.send!;
    channel.send = undefined;
    channel.sendState = SEND_NONE;
    channel.sendLong = undefined;
    channel.slab = undefined;
    if (channel.pieces.length > 0) channel.pieces = [];
    this.mailbox.end(send, result);
  }
}
