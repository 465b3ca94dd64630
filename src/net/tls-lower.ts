import type { Borrower } from './feed-buffered.ts';
import { BufferedProtocol } from './protocol.ts';
import type { Transport } from './transport.ts';

/**
 * In bytes: for transports that do not lend their own. All connections of a thread receive into the same memory: what
 * comes is used up before the next can come, and memory of its own for each piece would keep the garbage collector busy.
 */
const SCRATCH_LENGTH = 64 * 1024;
let scratch: Buffer | undefined;

/** What the raw transport tells a TlsTransport. */
export interface TlsUpper {
  begin(raw: Transport): void;
  /** `data` is valid until this returns. */
  rawData(data: Buffer): void;
  rawEof(): void;
  rawDrained(): void;
  rawLost(error: Error | undefined): void;
}

/** The side of a TlsTransport that its raw transport sees: a class has one base only. */
export class TlsLower extends BufferedProtocol implements Borrower {
  readonly #upper: TlsUpper;

  constructor(upper: TlsUpper) {
    super();
    this.#upper = upper;
  }

  override connectionMade(transport: Transport): void {
    this.#upper.begin(transport);
  }

  /** @internal */
  _lent(data: Buffer): void {
    this.#upper.rawData(data);
  }

  override getBuffer(): Buffer {
    scratch ??= Buffer.allocUnsafeSlow(SCRATCH_LENGTH);
    return scratch;
  }

  override bufferUpdated(count: number): void {
    this.#upper.rawData(scratch!.subarray(0, count));
  }

  override eofReceived(): boolean {
    this.#upper.rawEof();
    // Our goodbye is still to be sent; and TLS has an end of its own.
    return true;
  }

  override resumeWriting(): void {
    this.#upper.rawDrained();
  }

  override connectionLost(error: Error | undefined): void {
    this.#upper.rawLost(error);
  }
}
