import { ECANCELED } from '../../io/errno.ts';
import { type Operation, type Receive, SUBMITTED } from '../../io/operation.ts';
import type { Counters } from '../counters.ts';
import type { Channel } from './channel.ts';
import type { Mailbox } from './mailbox.ts';

/** In bytes, arrived on one socket and not delivered: beyond this Node stops reading it until the next poll. */
const UNREAD_LIMIT = 256 * 1024;

/** What arrives: Node gives it at its own time, the next poll delivers it. */
export class Receiver {
  private readonly mailbox: Mailbox;
  private readonly counters: Counters;
  private readonly finish: (operation: Operation, result: number) => void;

  constructor(mailbox: Mailbox, counters: Counters, finish: (operation: Operation, result: number) => void) {
    this.mailbox = mailbox;
    this.counters = counters;
    this.finish = finish;
  }

  start(channel: Channel, receive: Receive): void {
    channel.receive = receive;
    if (channel.unread > 0 || channel.ending !== undefined) this.mailbox.enqueue(channel);
    else this.flow(channel);
  }

  /** Data that is here stays for the next receive. */
  cancel(channel: Channel): void {
    const receive = channel.receive!;
    channel.receive = undefined;
    this.hold(channel);
    this.mailbox.end(receive, -ECANCELED);
  }

  arrived(channel: Channel, chunk: Buffer): void {
    // After a shutdown of the reading side nobody wants to know.
    if (channel.closed || channel.readShut) return;
    channel.chunks.push(chunk);
    channel.unread += chunk.length;
    if (channel.unread >= UNREAD_LIMIT) this.hold(channel);
    // A resume that was taken back at once makes Node read once more all the same.
    else if (!channel.flowing) channel.socket!.pause();
    if (channel.receive !== undefined) this.mailbox.enqueue(channel);
  }

  /** The stream has ended, with 0 or `-errno`; the first reason counts. */
  ended(channel: Channel, result: number): void {
    if (channel.closed || channel.ending !== undefined) return;
    channel.ending = result;
    if (channel.receive !== undefined) this.mailbox.enqueue(channel);
  }

  /** Calls back with what is here. A callback may cancel, close or throw: each step looks anew. */
  run(channel: Channel): void {
    const { receive } = channel;
    if (receive === undefined) return;
    while (channel.receive === receive && receive.state === SUBMITTED && channel.chunks.length > 0) {
      const chunk = channel.chunks.shift()!;
      channel.unread -= chunk.length;
      // First of all, so that nothing is forgotten when onData throws.
      if (channel.chunks.length > 0 || channel.ending !== undefined) this.mailbox.enqueue(channel);
      else this.flow(channel);
      this.counters.completions++;
      receive.onData(chunk, 0, chunk.length);
    }
    if (channel.receive !== receive || channel.chunks.length > 0 || channel.ending === undefined) return;
    channel.receive = undefined;
    this.finish(receive, channel.ending);
  }

  private flow(channel: Channel): void {
    if (channel.flowing || channel.readShut) return;
    channel.flowing = true;
    channel.socket!.resume();
  }

  private hold(channel: Channel): void {
    if (!channel.flowing) return;
    channel.flowing = false;
    channel.socket!.pause();
  }
}
