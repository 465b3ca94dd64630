import type { Coroutine } from '../core/coroutine.ts';
import { RuntimeError } from '../core/errors.ts';
import type { Scheduler } from '../core/scheduler.ts';
import { ECONNRESET } from '../io/errno.ts';
import { osError } from '../io/os-error.ts';
import { type BufferedProtocol, Protocol } from './protocol.ts';
import { busyWithFile } from './refuse-write.ts';
import type { StreamTransport } from './stream-transport.ts';
import type { TlsTransport } from './tls-transport.ts';
import { Waiters } from './waiters.ts';

/** Stands in for a transport's protocol while a file is sent: reading is paused, and it knows when the buffer is empty. */
export class SendfileProtocol extends Protocol {
  /** Called when the connection is lost, with what the sender is to throw. */
  onLost: ((error: Error) => void) | undefined = undefined;
  readonly #transport: StreamTransport | TlsTransport;
  readonly #original: Protocol | BufferedProtocol;
  readonly #waiters: Waiters;
  readonly #wasReading: boolean;
  readonly #limits: { readonly low: number; readonly high: number };
  #paused = false;
  /** The original was told to pause before this one came. */
  #owesResume = false;
  #lost: Error | undefined = undefined;

  constructor(scheduler: Scheduler, transport: StreamTransport | TlsTransport) {
    super();
    if (transport.getProtocol() instanceof SendfileProtocol) throw busyWithFile('sendfile');
    this.#transport = transport;
    this.#original = transport.getProtocol();
    this.#waiters = new Waiters(scheduler);
    this.#wasReading = transport.isReading();
    this.#limits = transport.getWriteBufferLimits();
    transport.pauseReading();
    transport.setProtocol(this);
    transport._reserve(true);
  }

  /** Throws the error of a connection that is lost. */
  check(): void {
    if (this.#lost !== undefined) throw this.#lost;
    if (this.#transport.isClosing()) throw new RuntimeError('the transport was closed while a file was being sent');
  }

  /** Writes a piece of the file, and waits while the buffer is over its mark. */
  *write(data: Buffer): Coroutine<void> {
    this.check();
    this.#transport._reserve(false);
    try {
      this.#transport.write(data);
    } finally {
      this.#transport._reserve(true);
    }
    while (this.#paused) yield* this.#waiters.wait();
    this.check();
  }

  /** Waits until the buffer is empty. */
  *drained(): Coroutine<void> {
    this.#transport.setWriteBufferLimits({ high: 0 });
    this.check();
    while (this.#transport.getWriteBufferSize() > 0) yield* this.#waiters.wait();
    this.check();
  }

  /** Gives the transport back to its own protocol. */
  restore(): void {
    const transport = this.#transport;
    transport._reserve(false);
    if (transport.getProtocol() === this) transport.setProtocol(this.#original);
    if (this.#lost !== undefined || transport.isClosing()) return;
    transport.setWriteBufferLimits(this.#limits);
    // It takes the place over as this one leaves it.
    if (this.#paused) this.#original.pauseWriting();
    else if (this.#owesResume) this.#original.resumeWriting();
    if (this.#wasReading) transport.resumeReading();
  }

  override pauseWriting(): void {
    this.#paused = true;
  }

  override resumeWriting(): void {
    if (!this.#paused) this.#owesResume = true;
    this.#paused = false;
    this.#waiters.wake();
  }

  override connectionLost(error: Error | undefined): void {
    this.#lost = error ?? osError(-ECONNRESET, 'sendfile');
    this.#waiters.fail(this.#lost);
    this.onLost?.(this.#lost);
    this.#original.connectionLost(error);
  }
}
