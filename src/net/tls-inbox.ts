import type { Runnable } from '../core/ready-queue.ts';
import type { Scheduler } from '../core/scheduler.ts';

/** Who gets what comes through an inbox. Neither may throw. */
export interface TlsInboxOwner {
  deliver(data: Buffer): void;
  deliverEnd(): void;
}

/** Plaintext on its way to the protocol: kept while reading is paused, delivered in a turn of its own after that. */
export class TlsInbox implements Runnable {
  paused = false;
  private stopped = false;
  private delivering = false;
  private kept: Buffer[] = [];
  private keptEnd = false;
  private readonly scheduler: Scheduler;
  private readonly owner: TlsInboxOwner;

  constructor(scheduler: Scheduler, owner: TlsInboxOwner) {
    this.scheduler = scheduler;
    this.owner = owner;
  }

  push(data: Buffer): void {
    if (this.stopped) return;
    if (this.paused || this.delivering) this.kept.push(data);
    else this.owner.deliver(data);
  }

  /** The end of the stream. */
  pushEnd(): void {
    if (this.stopped) return;
    if (this.paused || this.delivering) this.keptEnd = true;
    else this.owner.deliverEnd();
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    if (this.delivering || (this.kept.length === 0 && !this.keptEnd)) return;
    this.delivering = true;
    this.scheduler.push(this);
  }

  /** For good: nothing is delivered any more. */
  stop(): void {
    this.stopped = true;
    this.kept = [];
    this.keptEnd = false;
  }

  run(): void {
    while (!this.paused && this.kept.length > 0) this.owner.deliver(this.kept.shift()!);
    this.delivering = false;
    if (this.paused || !this.keptEnd) return;
    this.keptEnd = false;
    this.owner.deliverEnd();
  }
}
