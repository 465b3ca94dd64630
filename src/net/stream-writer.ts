import type { Coroutine } from '../core/coroutine.ts';
import { CancelledError, RuntimeError } from '../core/errors.ts';
import { inspectCustom } from '../core/inspect.ts';
import { sleep } from '../core/sleep.ts';
import { startTls } from './at-first-use.ts';
import { AT_ONCE, type FlowControl } from './flow-control.ts';
import { networkOf } from './network.ts';
import type { Protocol } from './protocol.ts';
import type { StartTlsOptions } from './start-tls.ts';
import type { StreamReader } from './stream-reader.ts';
import type { TlsOptions } from './tls-options.ts';
import type { Transport } from './transport.ts';

/** What a writer needs of the protocol beside it. */
export interface StreamFlow {
  readonly flow: FlowControl;
  closed(): Coroutine<void>;
  /** For `startTls`: which end of the connection this is. */
  readonly serverSide?: boolean;
  /** For `startTls`. @internal */
  _replaceTransport?(transport: Transport): void;
}

/**
 * Writes to a stream, with backpressure.
 *
 * @example
 * writer.write(Buffer.from('a beer, please\n'));
 * yield* writer.drain();
 */
export class StreamWriter {
  #transport: Transport;
  readonly #protocol: StreamFlow;
  readonly #flow: FlowControl;
  readonly #reader: StreamReader | undefined;

  constructor(transport: Transport, protocol: StreamFlow, reader: StreamReader | undefined) {
    this.#transport = transport;
    this.#protocol = protocol;
    this.#flow = protocol.flow;
    this.#reader = reader;
  }

  get transport(): Transport {
    return this.#transport;
  }

  /**
   * Goes on with TLS on this connection: reader and writer are the same, what they carry is encrypted from then on.
   * What has come and was not read yet is taken for the beginning of TLS. On the server's side (`startServer`) `tls`
   * needs `key` and `cert`; a client must give `serverHostname`.
   *
   * Throws TlsError (the connection is closed then), TransportClosedError, RangeError, TypeError.
   *
   * @example
   * writer.write(Buffer.from('STARTTLS\r\n'));
   * yield* reader.readLine(); // 220 go ahead
   * yield* writer.startTls(true, { serverHostname: 'mail.example' });
   */
  *startTls(tls: true | TlsOptions, options: Omit<StartTlsOptions, 'serverSide'> = {}): Coroutine<void> {
    const flow = this.#protocol;
    if (flow._replaceTransport === undefined) throw new RuntimeError('startTls: this writer’s protocol has no TLS');
    yield* this.drain();
    const protocol = this.#transport.getProtocol() as Protocol;
    const { serverSide } = flow;
    const transport = yield* startTls(networkOf(), this.#transport, protocol, tls, { ...options, serverSide });
    this.#transport = transport;
    flow._replaceTransport(transport);
  }

  /**
   * Sends `data`, or buffers it; follow it with `drain`. More than 16 KiB are not copied: do not change them until then.
   * Throws TypeError unless it is a Uint8Array, TransportClosedError after `close` or `writeEof`.
   */
  write(data: Uint8Array): void {
    this.#transport.write(data);
  }

  writeLines(list: Iterable<Uint8Array>): void {
    this.#transport.writeLines(list);
  }

  /** Ends our side of the stream once everything is sent; reading goes on. */
  writeEof(): void {
    this.#transport.writeEof();
  }

  canWriteEof(): boolean {
    return this.#transport.canWriteEof();
  }

  /** Sends what is buffered, then closes both sides. Follow it with `waitClosed`. */
  close(): void {
    this.#transport.close();
  }

  isClosing(): boolean {
    return this.#transport.isClosing();
  }

  /** Waits until the connection is closed and the socket released. Throws the error with which it broke. */
  waitClosed(): Coroutine<void> {
    return this.#protocol.closed();
  }

  getExtraInfo<T = unknown>(name: string, defaultValue?: T): T | undefined {
    return this.#transport.getExtraInfo(name, defaultValue);
  }

  /**
   * Waits while more than the high water mark is buffered, until it is down to the low one; otherwise it does not
   * suspend. Throws the error of a broken connection.
   */
  drain(): Coroutine<void> {
    const reader = this.#reader;
    const healthy = reader === undefined || reader.exception() === undefined;
    return healthy && this.#flow.open && !this.#transport.isClosing() ? AT_ONCE : this.#drain();
  }

  *#drain(): Coroutine<void> {
    const error = this.#reader?.exception();
    if (error !== undefined) throw error;
    // Gives connectionLost a turn: a loop of write and drain on a dead connection would never see it.
    if (this.#transport.isClosing()) yield* sleep(0);
    yield* this.#flow.drained();
  }

  enter(): Coroutine<this> {
    return this.#self();
  }

  *#self(): Coroutine<this> {
    return this;
  }

  /** Leaving `asyncWith` closes the writer and waits for it. What the body threw goes before what closing throws. */
  *exit(error: unknown): Coroutine<void> {
    this.close();
    try {
      yield* this.waitClosed();
    } catch (closeError) {
      if (error === undefined || closeError instanceof CancelledError) throw closeError;
    }
  }

  toString(): string {
    return `<StreamWriter ${this.#transport}>`;
  }

  [inspectCustom](): string {
    return this.toString();
  }
}
