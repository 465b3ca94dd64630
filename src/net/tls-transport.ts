import type { TimerHandle } from '../core/handle.ts';
import { inspectCustom } from '../core/inspect.ts';
import type { Scheduler } from '../core/scheduler.ts';
import { checkBytes, checkPieces } from './check.ts';
import { DeferredEvents } from './deferred-events.ts';
import type { BaseProtocol } from './endpoint.ts';
import { ProtocolCalls, type StreamProtocol } from './protocol-calls.ts';
import { busyWithFile, refuseWrite } from './refuse-write.ts';
import { INFO_FIELDS, type TlsEngine, type TlsEngineOwner, type TlsInfo } from './tls-engine.ts';
import { endedEarly, TlsError, tlsErrorOf } from './tls-error.ts';
import { TlsInbox, type TlsInboxOwner } from './tls-inbox.ts';
import { TlsLower } from './tls-lower.ts';
import { TlsOutbox, type TlsOutboxOwner } from './tls-outbox.ts';
import { TlsSender } from './tls-sender.ts';
import type { TlsSettings, TlsTransportOptions } from './tls-settings.ts';
import { Transport, type WriteBufferLimits } from './transport.ts';
import { WaterMarks } from './water-marks.ts';

/** The handshake is under way, and the protocol knows of nothing yet. */
const HANDSHAKE = 0;
const OPEN = 1;
/** The engine is of no use any more; the raw transport is being closed. */
const OVER = 2;
/** The raw transport is gone. */
const LOST = 3;

/**
 * A transport over another one, with TLS between: to that one it is a protocol (`lower`), to the program a transport.
 *
 * Life: handshake → open → closing (our goodbye is sent, the peer's is awaited) → over → lost.
 */
export class TlsTransport extends Transport implements TlsEngineOwner, TlsInboxOwner, TlsOutboxOwner {
  /** Give it to the raw transport as its protocol. */
  readonly lower = new TlsLower(this);
  private readonly scheduler: Scheduler;
  private readonly settings: TlsSettings;
  private readonly options: TlsTransportOptions;
  private readonly events: DeferredEvents;
  private readonly marks = new WaterMarks();
  private readonly outbox = new TlsOutbox(this);
  private readonly inbox: TlsInbox;
  /** @internal */ readonly sender: TlsSender;
  private readonly calls: ProtocolCalls;
  /** Whether the protocol has been told `connectionMade`. */
  private announced: boolean;
  private raw: Transport | undefined = undefined;
  private engine: TlsEngine | undefined = undefined;
  private info: TlsInfo | undefined = undefined;
  private state = HANDSHAKE;
  private closing = false;
  private eofWritten = false;
  /** A file is being sent: nobody else may write. */
  private reserved = false;
  private ownEnded = false;
  private peersEnded = false;
  private writingPaused = false;
  private progress = false;
  private timer: TimerHandle | undefined = undefined;
  private error: Error | undefined = undefined;

  constructor(scheduler: Scheduler, settings: TlsSettings, protocol: StreamProtocol, options: TlsTransportOptions) {
    super();
    this.scheduler = scheduler;
    this.settings = settings;
    this.calls = new ProtocolCalls(this, scheduler, protocol, options.context);
    this.options = options;
    this.announced = !options.announce;
    this.events = new DeferredEvents(scheduler);
    this.inbox = new TlsInbox(scheduler, this);
    this.sender = new TlsSender(this.events, this.outbox);
  }

  /** Begins the handshake. @internal */
  begin(raw: Transport): void {
    if (raw.isClosing()) return;
    this.raw = raw;
    this.sender.raw = raw;
    this.options.owner?.attach(this);
    const { low, high } = raw.getWriteBufferLimits();
    // Whoever wrote before the upgrade may have been told to pause, and is to be told when to go on.
    this.writingPaused = this.announced && raw.getWriteBufferSize() > low;
    this.setWriteBufferLimits({ low, high });
    const { handshakeTimeout: ms } = this.settings;
    this.timer = this.scheduler.callAt(this.scheduler.time() + ms, () => this.handshakeTimedOut(ms));
    try {
      this.events.during(() => {
        this.engine = this.settings.makeEngine(this);
      });
    } catch (error) {
      this.failed(error as Error);
    }
  }

  getExtraInfo<T = unknown>(name: string, defaultValue?: T): T | undefined {
    const { info } = this;
    const field = INFO_FIELDS[name];
    const own = name === 'tls' ? info : field !== undefined ? info?.[field] : this.raw?.getExtraInfo(name);
    return (own as T | undefined) ?? defaultValue;
  }

  setProtocol(protocol: BaseProtocol): void {
    this.calls.setProtocol(protocol);
  }

  getProtocol(): StreamProtocol {
    return this.calls.protocol;
  }

  isClosing(): boolean {
    return this.closing;
  }

  isReading(): boolean {
    return !this.closing && !this.inbox.paused;
  }

  pauseReading(): void {
    if (!this.isReading()) return;
    this.inbox.pause();
    this.raw?.pauseReading();
  }

  resumeReading(): void {
    if (this.closing || !this.inbox.paused) return;
    this.raw?.resumeReading();
    this.inbox.resume();
  }

  write(data: Uint8Array): void {
    if (!(data instanceof Uint8Array)) checkBytes(data, 'write');
    if (this.closing || this.eofWritten || this.reserved) {
      refuseWrite(this.closing, this.eofWritten, this.error);
      return;
    }
    this.outbox.write(data);
    this.pauseIfFull();
  }

  writeLines(list: Iterable<Uint8Array>): void {
    for (const data of checkPieces(list)) this.write(data);
  }

  /** Says goodbye (close_notify) once everything is sent; the peer may go on sending. */
  writeEof(): void {
    if (this.closing || this.eofWritten) return;
    if (this.reserved) throw busyWithFile('writeEof');
    this.eofWritten = true;
    this.outbox.end();
  }

  canWriteEof(): boolean {
    return true;
  }

  /** While a file is sent. @internal */
  _reserve(reserved: boolean): void {
    this.reserved = reserved;
  }

  /** Of plaintext that is not encrypted yet, and of ciphertext that is not sent. */
  getWriteBufferSize(): number {
    return this.outbox.size + (this.raw?.getWriteBufferSize() ?? 0);
  }

  getWriteBufferLimits(): { readonly low: number; readonly high: number } {
    return { low: this.marks.low, high: this.marks.high };
  }

  setWriteBufferLimits(limits?: WriteBufferLimits): void {
    this.marks.set(limits);
    // One mark for the raw transport: it tells us whenever it is down to where the whole may be low.
    const { low } = this.marks;
    this.raw?.setWriteBufferLimits({ low, high: low });
    this.pauseIfFull();
  }

  /** Sends what is buffered and says goodbye; waits for the peer's goodbye, but not for longer than the timeout. */
  close(): void {
    if (this.closing) return;
    if (this.state === HANDSHAKE) {
      this.abort();
      return;
    }
    this.closing = true;
    this.inbox.stop();
    this.watchShutdown();
    // Else the peer's goodbye would never be read.
    if (this.inbox.paused) this.raw!.resumeReading();
    this.outbox.end();
    this.closeIfOver();
  }

  abort(): void {
    if (this.state === LOST) return;
    this.closing = true;
    this.inbox.stop();
    this.raw?.abort();
  }

  /** From the raw transport. @internal */
  rawData(data: Buffer): void {
    if (this.state < OVER) this.events.during(() => this.engine?.receive(data));
  }

  /** @internal */
  rawEof(): void {
    if (this.state < OVER) this.events.during(() => this.engine?.receiveEof());
  }

  /** The raw transport has less to send. @internal */
  rawDrained(): void {
    this.progress = true;
    this.outbox.pump();
    this.resumeIfLow();
  }

  /** @internal */
  rawLost(error: Error | undefined): void {
    if (this.state === LOST) return;
    this.state = LOST;
    this.closing = true;
    this.error ??= error;
    this.timer?.cancel();
    this.outbox.stop();
    this.inbox.stop();
    this.engine?.destroy();
    try {
      if (this.announced) this.calls.connectionLost(this.error);
      if (this.info === undefined) this.options.ready?.(this.error ?? endedEarly(this.settings.host));
    } finally {
      this.options.owner?.detach(this);
    }
  }

  /** @internal */
  ciphertext(data: Buffer): void {
    this.sender.later(data);
  }

  /** @internal */
  handshakeDone(info: TlsInfo): void {
    this.events.add(() => {
      if (this.state !== HANDSHAKE || this.raw?.isClosing() !== false) return;
      this.state = OPEN;
      this.info = info;
      this.timer?.cancel();
      if (!this.announced) {
        this.announced = true;
        this.calls.connectionMade();
      }
      this.options.ready?.(undefined);
      this.outbox.pump();
    });
  }

  /** @internal */
  plaintext(data: Buffer): void {
    this.events.add(() => this.inbox.push(data));
  }

  /** @internal */
  peerEnded(): void {
    this.events.add(() => {
      this.peersEnded = true;
      if (this.closing) this.closeIfOver();
      else this.inbox.pushEnd();
    });
  }

  /** @internal */
  written(): void {
    this.events.add(() => {
      this.progress = true;
      this.outbox.written();
      this.resumeIfLow();
    });
  }

  /** @internal */
  ended(): void {
    this.events.add(() => {
      this.ownEnded = true;
      this.closeIfOver();
      // A peer that is gone altogether cannot be told of an end: that would be an error (ENOTCONN).
      if (this.raw?.isClosing() === false) this.raw.writeEof();
    });
  }

  /** @internal */
  failed(error: Error): void {
    this.events.add(() => this.fail(tlsErrorOf(error, this.settings.host)));
  }

  /** From the inbox. @internal */
  deliver(data: Buffer): void {
    const error = this.calls.data(data);
    if (error !== undefined) this.breakOff(error);
  }

  /** From the inbox. @internal */
  deliverEnd(): void {
    const keepOpen = this.calls.eof();
    if (keepOpen instanceof Error) this.breakOff(keepOpen);
    else if (!keepOpen) this.close();
  }

  override toString(): string {
    const state = ['handshake', this.closing ? 'closing' : 'open', 'closing', 'closed'][this.state];
    return `<TlsTransport ${state} over ${this.raw}>`;
  }

  [inspectCustom](): string {
    return this.toString();
  }

  /** Whether the engine may be given something. @internal */
  get hasRoom(): boolean {
    return this.state === OPEN && this.raw!.getWriteBufferSize() <= this.marks.high;
  }

  /** From the outbox. @internal */
  engineBusy(busy: boolean): void {
    this.scheduler.underWay += busy ? 1 : -1;
  }

  /** From the outbox. @internal */
  encrypt(data: Uint8Array): void {
    this.events.during(() => this.engine!.write(data));
  }

  /** @internal */
  sayGoodbye(): void {
    this.events.during(() => this.engine!.end());
  }

  private pauseIfFull(): void {
    if (this.writingPaused || this.closing || this.getWriteBufferSize() <= this.marks.high) return;
    this.writingPaused = true;
    this.calls.pauseWriting();
  }

  private resumeIfLow(): void {
    if (!this.writingPaused || this.state === LOST || this.getWriteBufferSize() > this.marks.low) return;
    this.writingPaused = false;
    this.calls.resumeWriting();
  }

  private closeIfOver(): void {
    if (this.state !== OPEN || !this.closing || !this.ownEnded || !this.peersEnded) return;
    this.state = OVER;
    this.raw!.close();
  }

  private handshakeTimedOut(ms: number): void {
    this.error = new TlsError('ERR_TLS_HANDSHAKE_TIMEOUT', `no handshake within ${ms} ms`, this.settings.host);
    this.abort();
  }

  /** A peer that neither reads nor says goodbye must not hold the connection for ever; one that reads slowly may. */
  private watchShutdown(): void {
    const { shutdownTimeout: ms, host } = this.settings;
    this.timer?.cancel();
    this.progress = false;
    this.timer = this.scheduler.callAt(this.scheduler.time() + ms, () => {
      if (this.progress) {
        this.watchShutdown();
        return;
      }
      this.error ??= new TlsError('ERR_TLS_SHUTDOWN_TIMEOUT', `no goodbye of the peer within ${ms} ms`, host);
      this.raw!.abort();
    });
  }

  /** The engine has given up. What it had to say to the peer is still sent. */
  private fail(error: Error): void {
    if (this.state >= OVER) return;
    // After our own close it is not missed by anybody.
    if (!this.closing) this.error = error;
    if (this.scheduler.debug && this.info === undefined) this.calls.report('TLS handshake failed', error);
    this.state = OVER;
    this.closing = true;
    this.outbox.stop();
    this.inbox.stop();
    this.watchShutdown();
    this.raw!.close();
  }

  /** The protocol threw. */
  private breakOff(error: Error): void {
    if (this.state === LOST) return;
    this.error ??= error;
    this.abort();
  }
}
