import { type Context, copyContext } from '../core/context.ts';
import { inspectCustom } from '../core/inspect.ts';
import type { Address } from '../io/address.ts';
import type { Driver } from '../io/driver.ts';
import { IDLE } from '../io/operation.ts';
import { OSError, osError } from '../io/os-error.ts';
import { checkBytes, checkPieces } from './check.ts';
import type { BaseProtocol } from './endpoint.ts';
import type { Network } from './network.ts';
import { ProtocolCalls, type StreamProtocol } from './protocol-calls.ts';
import { ReceiveHalf, type ReceiveOwner } from './receive-half.ts';
import { busyWithFile, refuseWrite } from './refuse-write.ts';
import { SendHalf, type SendOwner } from './send-half.ts';
import { Transport, type WriteBufferLimits } from './transport.ts';
import { TransportSocket } from './transport-socket.ts';
import { DEFAULT_MARKS, WaterMarks } from './water-marks.ts';

/** Keeps count of the connections that are its own: a server. */
export interface TransportOwner {
  attach(transport: Transport): void;
  detach(transport: Transport): void;
}

/**
 * A connected stream socket over the drivers' contract.
 *
 * Life: open → closing (nothing more is read; what is buffered is still sent) → lost (both halves are stopped) →
 * released (their operations have ended: the socket is closed and `connectionLost` is on its way).
 */
export class StreamTransport extends Transport implements ReceiveOwner, SendOwner {
  private readonly network: Network;
  private readonly driver: Driver;
  private readonly fd: number;
  private readonly receive: ReceiveHalf;
  private readonly send: SendHalf;
  private marks = DEFAULT_MARKS;
  private readonly owner: TransportOwner | undefined;
  /** The protocol's methods run in the context in which the connection was made. */
  private readonly context: Context;
  /** Made for the first who asks. */
  private socket: TransportSocket | undefined = undefined;
  private readonly peerName: Address | undefined;
  private readonly socketName: Address | undefined;
  private readonly calls: ProtocolCalls;
  private readingPaused = false;
  private eofWritten = false;
  private writingPaused = false;
  private closing = false;
  private lost = false;
  private released = false;
  private resetAtClose = false;
  /** A file is being sent: nobody else may write. */
  private reserved = false;
  private error: Error | undefined = undefined;

  /** Takes over the descriptor. Call `start` next. */
  constructor(network: Network, fd: number, protocol: StreamProtocol, owner?: TransportOwner, context?: Context) {
    super();
    const { driver } = network;
    this.network = network;
    this.driver = driver;
    this.fd = fd;
    this.owner = owner;
    this.context = context ?? copyContext();
    this.calls = new ProtocolCalls(this, network.scheduler, protocol, this.context);
    this.receive = new ReceiveHalf(this, driver, network.scheduler, fd);
    this.send = new SendHalf(this, driver, fd);
    // Now, as they cannot be asked any more when the peer is gone.
    this.peerName = ask(() => driver.peerAddress(fd));
    this.socketName = ask(() => driver.localAddress(fd));
    // As asyncio does: whoever writes whole messages wants them sent now.
    if (this.socketName?.family !== 'unix') ask(() => driver.setOption(fd, 'noDelay', 1));
    owner?.attach(this);
  }

  /** Tells the protocol of the connection, then begins to read. */
  start(): void {
    try {
      this.calls.inContext(() => this.calls.protocol.connectionMade(this));
    } catch (error) {
      this.calls.report('Exception in callback connectionMade', error);
    }
    if (!this.closing && !this.readingPaused) this.receive.resume();
  }

  getExtraInfo<T = unknown>(name: string, defaultValue?: T): T | undefined {
    return (this.extraInfo(name) as T | undefined) ?? defaultValue;
  }

  private extraInfo(name: string): unknown {
    if (name === 'peername') return this.peerName;
    if (name === 'sockname') return this.socketName;
    if (name !== 'socket') return undefined;
    this.socket ??= new TransportSocket(this.driver, this.released ? -1 : this.fd);
    return this.socket;
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
    return !this.closing && !this.readingPaused;
  }

  pauseReading(): void {
    if (!this.isReading()) return;
    this.readingPaused = true;
    this.receive.pause();
  }

  resumeReading(): void {
    if (this.closing || !this.readingPaused) return;
    this.readingPaused = false;
    this.receive.resume();
  }

  write(data: Uint8Array): void {
    if (!(data instanceof Uint8Array)) checkBytes(data, 'write');
    if (this.closing || this.eofWritten || this.reserved) {
      refuseWrite(this.closing, this.eofWritten, this.error);
      return;
    }
    if (data.length === 0) return;
    const { send } = this;
    send.write(data);
    if (send.unsent > this.marks.high && !this.writingPaused) this.pauseProtocol();
  }

  writeLines(list: Iterable<Uint8Array>): void {
    for (const data of checkPieces(list)) this.write(data);
  }

  writeEof(): void {
    if (this.closing || this.eofWritten) return;
    if (this.reserved) throw busyWithFile('writeEof');
    this.eofWritten = true;
    if (this.send.unsent === 0) this.shutDown();
  }

  canWriteEof(): boolean {
    return true;
  }

  /** While a file is sent. @internal */
  _reserve(reserved: boolean): void {
    this.reserved = reserved;
  }

  getWriteBufferSize(): number {
    return this.send.unsent;
  }

  getWriteBufferLimits(): { readonly low: number; readonly high: number } {
    return { low: this.marks.low, high: this.marks.high };
  }

  setWriteBufferLimits(limits?: WriteBufferLimits): void {
    const marks = new WaterMarks();
    marks.set(limits);
    this.marks = marks;
    if (this.send.unsent > this.marks.high && !this.writingPaused) this.pauseProtocol();
  }

  close(): void {
    if (this.closing) return;
    this.closing = true;
    this.receive.stop();
    if (this.send.unsent === 0) this.lose(undefined);
  }

  abort(): void {
    if (this.released) return;
    this.resetAtClose = true;
    this.lose(undefined);
  }

  get buffered(): boolean {
    return this.calls.buffered;
  }

  dataArrived(data: Buffer): void {
    const error = this.calls.data(data);
    if (error !== undefined) this.lose(error);
  }

  receiveEnded(result: number): void {
    if (result < 0) {
      this.lose(osError(result, 'read', this.peerName));
      return;
    }
    const keepOpen = this.calls.eof();
    if (keepOpen instanceof Error) this.lose(keepOpen);
    else if (!keepOpen) this.close();
  }

  receiveIdle(): void {
    if (this.lost) this.release();
  }

  bytesSent(): void {
    const { send } = this;
    if (this.writingPaused && send.unsent <= this.marks.low) this.resumeProtocol();
    if (send.unsent > 0) return;
    if (this.closing) this.lose(undefined);
    else if (this.eofWritten) this.shutDown();
  }

  sendFailed(result: number): void {
    this.lose(osError(result, 'write', this.peerName));
  }

  sendIdle(): void {
    this.release();
  }

  override toString(): string {
    const state = this.released ? 'closed' : this.closing ? 'closing' : 'open';
    return `<StreamTransport fd=${this.released ? -1 : this.fd} ${state} unsent=${this.send.unsent}>`;
  }

  [inspectCustom](): string {
    return this.toString();
  }

  private shutDown(): void {
    try {
      this.driver.shutdown(this.fd, 'write');
    } catch (error) {
      // The connection is gone already (ENOTCONN).
      if (!(error instanceof OSError)) this.calls.report('Fatal error: shutdown failed', error);
      this.lose(error as Error);
    }
  }

  private pauseProtocol(): void {
    this.writingPaused = true;
    this.calls.pauseWriting();
  }

  private resumeProtocol(): void {
    this.writingPaused = false;
    this.calls.resumeWriting();
  }

  /** Nothing more is sent or received. The first cause counts. */
  private lose(error: Error | undefined): void {
    if (this.lost) return;
    this.lost = true;
    this.closing = true;
    this.error = error;
    this.receive.stop();
    this.send.stop();
    this.release();
  }

  /** Closes the socket, as soon as no operation of ours is in flight on it. */
  private release(): void {
    if (this.released || this.receive.state !== IDLE || this.send.state !== IDLE) return;
    this.released = true;
    this.socket?._closed();
    const { scheduler } = this.network;
    // The loop's end closes all sockets itself, and there is nobody left to be told.
    if (scheduler.closed) return;
    if (this.resetAtClose) this.driver.reset(this.fd);
    else this.driver.close(this.fd);
    scheduler.callSoon(() => this.connectionLost(), this.context);
  }

  private connectionLost(): void {
    try {
      this.calls.protocol.connectionLost(this.error);
    } finally {
      this.owner?.detach(this);
    }
  }
}

/** Undefined where the connection is gone already: that will show when it is read. */
function ask<T>(question: () => T): T | undefined {
  try {
    return question();
  } catch (error) {
    if (error instanceof OSError) return undefined;
    throw error;
  }
}
