import type { Operation } from '../../io/operation.ts';
import type { Ends } from '../ends.ts';
import type { Channel } from './channel.ts';

/** Everything that waits for the next poll: channels with data or connections, and ends. Wakes the host, once a sleep. */
export class Mailbox {
  /** The host sleeps, and is to be woken by the first thing that comes. */
  asleep = false;
  private batch: Channel[] = [];
  private head = 0;
  private next: Channel[] = [];
  private readonly ends: Ends;
  private readonly wake: () => void;

  constructor(ends: Ends, wake: () => void) {
    this.ends = ends;
    this.wake = wake;
  }

  get empty(): boolean {
    return this.next.length === 0 && this.head === this.batch.length && this.ends.empty;
  }

  enqueue(channel: Channel): void {
    if (channel.queued) return;
    channel.queued = true;
    this.next.push(channel);
    this.rouse();
  }

  end(operation: Operation, result: number): void {
    this.ends.push(operation, result);
    this.rouse();
  }

  /** Runs the channels that are queued now; what callbacks add, and what an error leaves undone, waits for the next call. */
  run(deliver: (channel: Channel) => void): void {
    this.drain(deliver);
    if (this.next.length === 0) return;
    const spare = this.batch;
    this.batch = this.next;
    this.head = 0;
    spare.length = 0;
    this.next = spare;
    this.drain(deliver);
  }

  private drain(deliver: (channel: Channel) => void): void {
    while (this.head < this.batch.length) {
      const channel = this.batch[this.head++]!;
      channel.queued = false;
      deliver(channel);
    }
  }

  /** Something came that is not kept here. */
  rouse(): void {
    if (!this.asleep) return;
    this.asleep = false;
    this.wake();
  }
}
