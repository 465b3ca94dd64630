import type { Runnable } from '../core/ready-queue.ts';
import type { Scheduler } from '../core/scheduler.ts';
import type { Driver } from '../io/driver.ts';
import { ECANCELED } from '../io/errno.ts';
import { copyPiece, type Memory } from '../io/memory.ts';
import { IDLE, Receive, SUBMITTED } from '../io/operation.ts';

/** Who gets what a ReceiveHalf receives. None of these may throw. */
export interface ReceiveOwner {
  /** `dataArrived` keeps nothing of what it is given: so it is given the driver's own memory. */
  readonly buffered: boolean;
  dataArrived(data: Buffer): void;
  /** The stream is over: 0 at its end, else `-errno`. Called once. */
  receiveEnded(result: number): void;
  /** It was stopped, and its operation is over. */
  receiveIdle(): void;
}

/**
 * The receiving side of a connection: one operation for its whole life. A pause cancels the operation; what still comes
 * until it has ended is kept, with the end of the stream if that came, and delivered after the next resume.
 */
export class ReceiveHalf extends Receive implements Runnable {
  /** False while paused, and before the first resume. */
  wanted = false;
  /** The end of the stream was delivered, or nobody is interested any more. */
  over = false;
  /** Undefined while nothing is: of most connections for ever. */
  private kept: Buffer[] | undefined = undefined;
  private keptEnd: number | undefined = undefined;
  private delivering = false;
  private readonly owner: ReceiveOwner;
  private readonly driver: Driver;
  private readonly scheduler: Scheduler;

  constructor(owner: ReceiveOwner, driver: Driver, scheduler: Scheduler, fd: number) {
    super();
    this.owner = owner;
    this.driver = driver;
    this.scheduler = scheduler;
    this.fd = fd;
  }

  pause(): void {
    this.wanted = false;
    if (this.state === SUBMITTED) this.driver.cancel(this);
  }

  resume(): void {
    if (this.over) return;
    this.wanted = true;
    if (this.kept !== undefined || this.keptEnd !== undefined) this.deliverSoon();
    else if (this.state === IDLE) this.driver.submit(this);
    // Else a cancel is under way: its end submits anew.
  }

  /** For good. `receiveIdle` follows if an operation was in flight. */
  stop(): void {
    this.over = true;
    this.wanted = false;
    this.kept = undefined;
    this.keptEnd = undefined;
    if (this.state === SUBMITTED) this.driver.cancel(this);
  }

  override get takesMemory(): boolean {
    return !this.owner.buffered;
  }

  override onData(memory: Memory, start: number, end: number): void {
    if (this.over) return;
    if (this.wanted && !this.delivering && this.owner.buffered) {
      this.owner.dataArrived(memory.subarray(start, end));
      return;
    }
    this.onOwnData(copyPiece(memory, start, end));
  }

  override onOwnData(piece: Buffer): void {
    if (this.over) return;
    if (this.wanted && !this.delivering) this.owner.dataArrived(piece);
    else this.keep(piece);
  }

  override onEnd(result: number): void {
    if (this.over) this.owner.receiveIdle();
    else if (result === -ECANCELED) this.afterCancel();
    else if (this.wanted && !this.delivering) this.end(result);
    else this.keptEnd = result;
  }

  /** Hands over what was kept during a pause. */
  run(): void {
    this.delivering = false;
    while (this.wanted && this.kept !== undefined) this.owner.dataArrived(this.nextKept(this.kept));
    if (!this.wanted) return;
    if (this.keptEnd !== undefined) this.end(this.keptEnd);
    else if (this.state === IDLE) this.driver.submit(this);
  }

  private keep(data: Buffer): void {
    if (this.kept === undefined) this.kept = [data];
    else this.kept.push(data);
  }

  private nextKept(kept: Buffer[]): Buffer {
    const data = kept.shift()!;
    if (kept.length === 0) this.kept = undefined;
    return data;
  }

  private afterCancel(): void {
    // Resumed meanwhile. (Not when the whole driver is being closed.)
    if (this.wanted && !this.delivering && !this.scheduler.closed) this.driver.submit(this);
  }

  private deliverSoon(): void {
    if (this.delivering) return;
    this.delivering = true;
    this.scheduler.push(this);
  }

  private end(result: number): void {
    this.over = true;
    this.wanted = false;
    this.owner.receiveEnded(result);
  }
}
