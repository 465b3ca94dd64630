import type { DeferredEvents } from './deferred-events.ts';
import { StreamTransport } from './stream-transport.ts';
import type { TlsEngineSender } from './tls-engine.ts';
import type { TlsOutbox } from './tls-outbox.ts';
import type { Transport } from './transport.ts';

/** Ciphertext on its way from the engine to the raw transport. */
export class TlsSender implements TlsEngineSender {
  raw: Transport | undefined = undefined;
  readonly #events: DeferredEvents;
  readonly #outbox: TlsOutbox;
  /** How many pieces have their turn coming. */
  #waiting = 0;

  constructor(events: DeferredEvents, outbox: TlsOutbox) {
    this.#events = events;
    this.#outbox = outbox;
  }

  /** In the order of the engine's reports. */
  later(data: Uint8Array): void {
    this.#waiting += 1;
    this.#events.add(() => {
      this.#waiting -= 1;
      this.#write(data);
    });
  }

  /** Unless it would overtake. */
  now(data: Uint8Array): void {
    if (this.#waiting > 0) this.later(Buffer.from(data));
    else this.#write(data);
  }

  get unsent(): number {
    const { raw } = this;
    // What others do with what they are given is theirs; and a connection that is cut off counts as sent what is not.
    return raw instanceof StreamTransport && !raw.isClosing() ? raw.getWriteBufferSize() : Number.POSITIVE_INFINITY;
  }

  #write(data: Uint8Array): void {
    this.#outbox.encrypted(data.length);
    if (this.raw?.isClosing() === false) this.raw.write(data);
  }
}
