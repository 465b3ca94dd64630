import type { Address } from '../io/address.ts';
import type { Driver } from '../io/driver.ts';
import { IDLE, ReceiveFrom, SendTo, SUBMITTED } from '../io/operation.ts';

/** Who gets what arrives, and hears how sending goes. None of these may throw. */
export interface DatagramOwner {
  datagramArrived(data: Buffer, from: Address | undefined): void;
  /** Of an earlier datagram; nothing ends by it. */
  datagramFailed(result: number): void;
  /** Less is unsent than before. */
  datagramSent(): void;
  /** The socket is of no use any more (`-errno`). */
  socketFailed(result: number): void;
  /** It was stopped, and its operation is over. */
  halfIdle(): void;
}

export class DatagramReceiveHalf extends ReceiveFrom {
  private stopped = false;
  private readonly owner: DatagramOwner;
  private readonly driver: Driver;

  constructor(owner: DatagramOwner, driver: Driver, fd: number) {
    super();
    this.owner = owner;
    this.driver = driver;
    this.fd = fd;
  }

  start(): void {
    this.driver.submit(this);
  }

  /** For good. `halfIdle` follows if the operation was in flight. */
  stop(): void {
    this.stopped = true;
    if (this.state === SUBMITTED) this.driver.cancel(this);
  }

  override onDatagram(memory: Buffer, start: number, end: number, from: Address | undefined): void {
    if (this.stopped) return;
    const data = Buffer.allocUnsafe(end - start);
    memory.copy(data, 0, start, end);
    this.owner.datagramArrived(data, from);
  }

  override onError(result: number): void {
    if (!this.stopped) this.owner.datagramFailed(result);
  }

  override onEnd(result: number): void {
    if (this.stopped) this.owner.halfIdle();
    else this.owner.socketFailed(result);
  }
}

interface Waiting {
  readonly data: Buffer;
  readonly address: Address | undefined;
}

/** In bytes, as asyncio's: what a waiting datagram counts beside its data, so that empty ones are not free. */
const HEADER = 8;
/** Sent datagrams at the front of the list that are worth a splice. */
const COMPACT_AT = 256;

export class DatagramSendHalf extends SendTo {
  /** Bytes accepted and not sent. */
  unsent = 0;
  private stopped = false;
  private queue: Waiting[] = [];
  private head = 0;
  private readonly owner: DatagramOwner;
  private readonly driver: Driver;

  constructor(owner: DatagramOwner, driver: Driver, fd: number) {
    super();
    this.owner = owner;
    this.driver = driver;
    this.fd = fd;
  }

  /** Copies `data`. */
  send(data: Uint8Array, address: Address | undefined): void {
    this.queue.push({ data: Buffer.from(data), address });
    this.unsent += data.length + HEADER;
    if (this.state === IDLE) this.driver.submit(this);
  }

  /** For good: what is unsent is dropped. `halfIdle` follows if the operation was in flight. */
  stop(): void {
    this.stopped = true;
    this.queue = [];
    this.head = 0;
    this.unsent = 0;
    if (this.state === SUBMITTED) this.driver.cancel(this);
  }

  override next(): boolean {
    const { queue } = this;
    if (this.head === queue.length) return false;
    const { data, address } = queue[this.head++]!;
    this.data = data;
    this.address = address;
    if (this.head === queue.length) {
      queue.length = this.head = 0;
    } else if (this.head >= COMPACT_AT && this.head * 2 > queue.length) {
      queue.splice(0, this.head);
      this.head = 0;
    }
    return true;
  }

  override onSent(result: number): void {
    if (this.stopped) return;
    this.unsent -= this.data.length + HEADER;
    if (result < 0) this.owner.datagramFailed(result);
    this.owner.datagramSent();
  }

  override onEnd(result: number): void {
    if (this.stopped) this.owner.halfIdle();
    else if (result < 0) this.owner.socketFailed(result);
    // Queued by the last onSent, after the driver had asked for more.
    else if (this.head < this.queue.length) this.driver.submit(this);
  }
}
