import type { Driver } from '../io/driver.ts';
import { IDLE, Send, SUBMITTED } from '../io/operation.ts';
import { WriteQueue } from './write-queue.ts';

/** Who is told how sending goes. None of these may throw. */
export interface SendOwner {
  /** Less is unsent than before; `unsent` says how much. */
  bytesSent(): void;
  sendFailed(result: number): void;
  /** It was stopped, and its operation is over. */
  sendIdle(): void;
}

/**
 * The sending side of a connection: one operation for its whole life, and behind it what waits. Writes of one turn are
 * appended to the operation as long as it has not been handed over.
 *
 * Invariant: nothing is in the queue unless the operation is in flight; `unsent` is the sum of both.
 */
export class SendHalf extends Send {
  /** Bytes accepted and not sent. */
  unsent = 0;
  private stopped = false;
  /** Made when a write first has to wait: most connections' peers read faster than that. */
  private queue: WriteQueue | undefined = undefined;
  private readonly owner: SendOwner;
  private readonly driver: Driver;

  constructor(owner: SendOwner, driver: Driver, fd: number) {
    super();
    this.owner = owner;
    this.driver = driver;
    this.fd = fd;
  }

  /** `data` must not be empty. */
  write(data: Uint8Array): void {
    this.unsent += data.length;
    if (this.state === IDLE) this.start(data);
    else if (this.waiting > 0 || !this.driver.append(this, data)) this.enqueue(data);
  }

  /** For good: what is unsent is dropped. `sendIdle` follows if an operation was in flight. */
  stop(): void {
    this.stopped = true;
    this.queue = undefined;
    this.unsent = 0;
    if (this.state === SUBMITTED) this.driver.cancel(this);
  }

  override onEnd(result: number): void {
    this.data = undefined;
    if (this.stopped) {
      this.owner.sendIdle();
      return;
    }
    if (result < 0) {
      this.owner.sendFailed(result);
      return;
    }
    this.unsent = this.waiting;
    if (this.unsent > 0) this.start(this.queue!.shift());
    this.owner.bytesSent();
  }

  /** Bytes in the queue. */
  private get waiting(): number {
    return this.queue === undefined ? 0 : this.queue.size;
  }

  private enqueue(data: Uint8Array): void {
    this.queue ??= new WriteQueue();
    this.queue.push(data);
  }

  private start(data: Uint8Array): void {
    this.data = data;
    this.driver.submit(this);
  }
}
