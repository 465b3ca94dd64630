import { Protocol } from './protocol.ts';
import type { Transport } from './transport.ts';

/** What the raw transport tells a TlsTransport. */
export interface TlsUpper {
  begin(raw: Transport): void;
  rawData(data: Buffer): void;
  rawEof(): void;
  rawDrained(): void;
  rawLost(error: Error | undefined): void;
}

/** The side of a TlsTransport that its raw transport sees: a class has one base only. */
export class TlsLower extends Protocol {
  readonly #upper: TlsUpper;

  constructor(upper: TlsUpper) {
    super();
    this.#upper = upper;
  }

  override connectionMade(transport: Transport): void {
    this.#upper.begin(transport);
  }

  override dataReceived(data: Buffer): void {
    this.#upper.rawData(data);
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
