import assert from 'node:assert/strict';
import { BufferedProtocol, Future, Protocol, type Transport } from 'tsyncio';
import { EndedEarlyError } from '../breakage.ts';
import type { Header } from '../exchange.ts';
import { Checker, stretch } from '../payload.ts';

/** Sends back what comes, and does not read while what it sends is not taken. */
export class EchoProtocol extends Protocol {
  #transport!: Transport;

  override connectionMade(transport: Transport): void {
    this.#transport = transport;
  }

  override dataReceived(data: Buffer): void {
    this.#transport.write(data);
  }

  override pauseWriting(): void {
    this.#transport.pauseReading();
  }

  override resumeWriting(): void {
    this.#transport.resumeReading();
  }
}

/** What the two kinds of protocols below have in common: sends a stretch, checks what comes back, then ends its side. */
export class Transfer {
  /** Over when the connection is lost: undefined, or its error. */
  readonly lost = new Future<Error | undefined>();
  readonly checker: Checker;
  private readonly header: Header;
  private readonly step: number;
  private transport!: Transport;
  private sent = 0;
  private paused = false;
  private ended = false;
  private overs = 0;

  constructor(header: Header, step: number) {
    this.header = header;
    this.step = step;
    this.checker = new Checker(header.offset);
  }

  begin(transport: Transport): void {
    this.transport = transport;
    this.send();
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    this.send();
  }

  take(data: Uint8Array): void {
    assert.equal(this.overs, 0, 'no data after connectionLost');
    this.checker.take(data);
  }

  over(error: Error | undefined): void {
    assert.equal(++this.overs, 1, 'connectionLost comes once');
    // Cancelled together with whoever waits for it.
    if (this.lost.done()) return;
    const early = this.checker.received < this.header.length;
    this.lost.setResult(
      error ?? (early ? new EndedEarlyError('the server left in the middle of a transfer') : undefined),
    );
  }

  private send(): void {
    const { offset, length } = this.header;
    while (!this.paused && this.sent < length && !this.transport.isClosing()) {
      const data = stretch(offset + this.sent, Math.min(this.step, length - this.sent));
      this.sent += data.length;
      this.transport.write(data);
    }
    if (this.ended || this.sent < length) return;
    this.ended = true;
    this.transport.writeEof();
  }
}

export class TransferProtocol extends Protocol {
  readonly transfer: Transfer;

  constructor(transfer: Transfer) {
    super();
    this.transfer = transfer;
  }

  override connectionMade(transport: Transport): void {
    this.transfer.begin(transport);
  }

  override dataReceived(data: Buffer): void {
    this.transfer.take(data);
  }

  override pauseWriting(): void {
    this.transfer.pause();
  }

  override resumeWriting(): void {
    this.transfer.resume();
  }

  override connectionLost(error: Error | undefined): void {
    this.transfer.over(error);
  }
}

/** In bytes: prime, so that it never fits. */
const OWN_LENGTH = 4_093;

export class BufferedTransferProtocol extends BufferedProtocol {
  readonly transfer: Transfer;
  readonly #memory = Buffer.alloc(OWN_LENGTH);

  constructor(transfer: Transfer) {
    super();
    this.transfer = transfer;
  }

  override connectionMade(transport: Transport): void {
    this.transfer.begin(transport);
  }

  getBuffer(): Uint8Array {
    return this.#memory;
  }

  bufferUpdated(count: number): void {
    this.transfer.take(this.#memory.subarray(0, count));
  }

  override pauseWriting(): void {
    this.transfer.pause();
  }

  override resumeWriting(): void {
    this.transfer.resume();
  }

  override connectionLost(error: Error | undefined): void {
    this.transfer.over(error);
  }
}
