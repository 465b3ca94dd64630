import { EPOLLOUT, MSG_NOSIGNAL } from '../../ffi/constants.ts';
import { addressOf, type Libc, libc, type Pinned, pinned } from '../../ffi/libc.ts';
import { EAGAIN, ECANCELED, EFAULT, EINTR } from '../../io/errno.ts';
import { COPY_LIMIT, type Send } from '../../io/operation.ts';
import type { Counters } from '../counters.ts';
import type { Ends } from '../ends.ts';
import type { Channel } from './channel.ts';
import type { Channels } from './channels.ts';

/** Values of `Channel.sendState`. */
export const SEND_NONE = 0;
/** Waits for the flush at the end of the turn; its bytes are in the arena, or referenced when they are long. */
export const SEND_QUEUED = 1;
/** Handed over in part: the socket's buffer is full. */
export const SEND_BLOCKED = 2;

/** In bytes: 16 of the longest copied sends; more in one turn are sent before its end. Small, to stay in the cache. */
const ARENA_LENGTH = 16 * COPY_LIMIT;

/**
 * Sends: gathered while a turn runs, carried out by `flush`. Short data is copied to one arena, used anew after every
 * flush, so that a send allocates nothing and `append` usually writes just behind what is there.
 */
export class Sender {
  private readonly arena: Pinned = pinned(ARENA_LENGTH);
  private used = 0;
  /** The first `queued` of the list; it is never cut, as that costs more than to fill it. */
  private readonly queue: (Channel | undefined)[] = [];
  private queued = 0;
  private readonly system: Libc = libc();
  private readonly channels: Channels;
  private readonly ends: Ends;
  private readonly counters: Counters;

  constructor(channels: Channels, ends: Ends, counters: Counters) {
    this.channels = channels;
    this.ends = ends;
    this.counters = counters;
  }

  get arenaBytes(): number {
    return ARENA_LENGTH;
  }

  submit(channel: Channel, send: Send): void {
    const data = send.data!;
    const { length } = data;
    if (length > COPY_LIMIT) {
      channel.sendData = data;
      channel.sendFrom = 0;
    } else {
      this.reserve(length);
      this.arena.bytes.set(data, this.used);
      channel.sendData = undefined;
      channel.sendAddress = this.arena.address + this.used;
      this.used += length;
    }
    channel.send = send;
    channel.sendLeft = length;
    channel.sendDone = 0;
    channel.sendState = SEND_QUEUED;
    this.queue[this.queued++] = channel;
  }

  append(channel: Channel, send: Send, data: Uint8Array): boolean {
    const { sendLeft } = channel;
    const total = sendLeft + data.length;
    if (channel.send !== send || channel.sendState !== SEND_QUEUED) return false;
    if (channel.sendData !== undefined || total > COPY_LIMIT) return false;
    const { bytes, address } = this.arena;
    if (channel.sendAddress + sendLeft === address + this.used) {
      if (this.used + data.length > ARENA_LENGTH) return false;
    } else {
      // Somebody else's bytes are behind ours: move ours to the end, if there is room. Bounded by COPY_LIMIT.
      if (this.used + total > ARENA_LENGTH) return false;
      const from = channel.sendAddress - address;
      bytes.copyWithin(this.used, from, from + sendLeft);
      channel.sendAddress = address + this.used;
      this.used += sendLeft;
    }
    bytes.set(data, this.used);
    this.used += data.length;
    channel.sendLeft = total;
    return true;
  }

  /** Carries out what was queued. Afterwards nothing is left in the arena. */
  flush(): void {
    const { queue } = this;
    for (let i = 0; i < this.queued; i++) {
      const channel = queue[i];
      queue[i] = undefined;
      // A cancelled send is out of its channel but still in this list; one sent anew is there twice.
      if (channel?.sendState === SEND_QUEUED) this.proceed(channel!);
    }
    this.queued = 0;
    this.used = 0;
  }

  /** One system call's worth of the channel's send. */
  proceed(channel: Channel): void {
    let result = -EAGAIN;
    if ((channel.ready & EPOLLOUT) !== 0) {
      const data = channel.sendData;
      // The address of referenced data is asked every time: its owner may have given the memory away meanwhile.
      if (data !== undefined) {
        channel.sendAddress =
          data.length < channel.sendFrom + channel.sendLeft ? 0 : addressOf(data) + channel.sendFrom;
      }
      result = channel.sendAddress === 0 ? -EFAULT : this.send(channel);
    }
    if (result === channel.sendLeft) this.finish(channel, channel.sendDone + result);
    else if (result >= 0 || result === -EAGAIN) this.block(channel, Math.max(result, 0));
    else this.finish(channel, result);
  }

  /** Takes the send out of its channel; it ends with what was sent, or as cancelled when nothing was. */
  cancel(channel: Channel): void {
    this.finish(channel, channel.sendDone > 0 ? channel.sendDone : -ECANCELED);
  }

  private send(channel: Channel): number {
    for (;;) {
      this.counters.syscalls++;
      const result = this.system.send(channel.fd, channel.sendAddress, channel.sendLeft, MSG_NOSIGNAL);
      if (result !== -EINTR) return result;
    }
  }

  private finish(channel: Channel, result: number): void {
    const send = channel.send!;
    channel.send = undefined;
    channel.sendState = SEND_NONE;
    channel.sendData = undefined;
    this.ends.push(send, result);
  }

  /** The socket took `count` bytes and no more: the rest waits for an edge. */
  private block(channel: Channel, count: number): void {
    channel.ready &= ~EPOLLOUT;
    channel.sendDone += count;
    channel.sendLeft -= count;
    if (channel.sendData === undefined) this.keep(channel, count);
    else channel.sendFrom += count;
    channel.sendState = SEND_BLOCKED;
    // Writability is watched only from the first time a socket is full: most never are, and a unix socket would report
    // it after every message.
    const result = this.channels.watch(channel, EPOLLOUT);
    if (result < 0) this.finish(channel, result);
  }

  /** The arena is about to be used again: what is left of a copied send moves to memory of its own. */
  private keep(channel: Channel, count: number): void {
    const from = channel.sendAddress - this.arena.address + count;
    channel.sendData = this.arena.bytes.slice(from, from + channel.sendLeft);
    channel.sendFrom = 0;
  }

  private reserve(length: number): void {
    if (this.used + length > ARENA_LENGTH) this.flush();
  }
}
