import { type Context, copyContext, enterContext, leaveContext } from '../core/context.ts';
import { describeValue } from '../core/coroutine.ts';
import { inspectCustom } from '../core/inspect.ts';
import type { Address } from '../io/address.ts';
import { IDLE } from '../io/operation.ts';
import { osError } from '../io/os-error.ts';
import { checkBytes } from './check.ts';
import { datagramAddress, sameAddress } from './datagram-address.ts';
import { type DatagramOwner, DatagramReceiveHalf, DatagramSendHalf } from './datagram-halves.ts';
import { DatagramProtocol } from './datagram-protocol.ts';
import { type DatagramAddress, DatagramTransport } from './datagram-transport.ts';
import type { BaseProtocol } from './endpoint.ts';
import { TransportClosedError } from './errors.ts';
import type { Network } from './network.ts';
import type { WriteBufferLimits } from './transport.ts';
import { TransportSocket } from './transport-socket.ts';
import { WaterMarks } from './water-marks.ts';

/**
 * A datagram socket over the drivers' contract.
 *
 * Life: open → closing (nothing more is received; what is buffered is still sent) → lost → released (the operations have
 * ended: the socket is closed and `connectionLost` is on its way).
 */
export class SocketDatagramTransport extends DatagramTransport implements DatagramOwner {
  readonly #network: Network;
  readonly #fd: number;
  readonly #receive: DatagramReceiveHalf;
  readonly #send: DatagramSendHalf;
  readonly #marks = new WaterMarks();
  readonly #context: Context;
  readonly #socket: TransportSocket<Address>;
  readonly #peerName: Address | undefined;
  readonly #socketName: Address | undefined;
  #protocol: DatagramProtocol;
  #paused = false;
  #closing = false;
  #lost = false;
  #released = false;
  #error: Error | undefined = undefined;

  /** Takes over the descriptor. Call `start` next. */
  constructor(network: Network, fd: number, protocol: DatagramProtocol, peer: Address | undefined) {
    super();
    const { driver } = network;
    this.#network = network;
    this.#fd = fd;
    this.#protocol = protocol;
    this.#context = copyContext();
    this.#receive = new DatagramReceiveHalf(this, driver, fd);
    this.#send = new DatagramSendHalf(this, driver, fd);
    this.#socket = new TransportSocket<Address>(driver, fd);
    this.#peerName = peer;
    this.#socketName = driver.localAddress(fd);
  }

  /** Tells the protocol, then begins to receive. */
  start(): void {
    this.#tell('connectionMade', () => this.#protocol.connectionMade(this));
    if (!this.#closing) this.#receive.start();
  }

  getExtraInfo<T = unknown>(name: string, defaultValue?: T): T | undefined {
    const value = name === 'peername' ? this.#peerName : name === 'sockname' ? this.#socketName : undefined;
    return ((name === 'socket' ? this.#socket : value) as T | undefined) ?? defaultValue;
  }

  setProtocol(protocol: BaseProtocol): void {
    if (!(protocol instanceof DatagramProtocol)) {
      throw new TypeError(`setProtocol expects a DatagramProtocol, got ${describeValue(protocol)}`);
    }
    this.#protocol = protocol;
  }

  getProtocol(): DatagramProtocol {
    return this.#protocol;
  }

  isClosing(): boolean {
    return this.#closing;
  }

  sendto(data: Uint8Array, address?: DatagramAddress): void {
    if (!(data instanceof Uint8Array)) checkBytes(data, 'sendto');
    const target = this.#target(address);
    if (this.#closing) {
      if (this.#error !== undefined) return;
      throw new TransportClosedError('ERR_TRANSPORT_CLOSED', 'sendto after close: the transport is closing or closed');
    }
    this.#send.send(data, target);
    this.#pauseIfFull();
  }

  getWriteBufferSize(): number {
    return this.#send.unsent;
  }

  getWriteBufferLimits(): { readonly low: number; readonly high: number } {
    return { low: this.#marks.low, high: this.#marks.high };
  }

  setWriteBufferLimits(limits?: WriteBufferLimits): void {
    this.#marks.set(limits);
    this.#pauseIfFull();
  }

  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#receive.stop();
    if (this.#send.unsent === 0) this.#lose(undefined);
  }

  abort(): void {
    this.#lose(undefined);
  }

  /** @internal */
  datagramArrived(data: Buffer, from: Address | undefined): void {
    this.#tell('datagramReceived', () => this.#protocol.datagramReceived(data, from));
  }

  /** @internal */
  datagramFailed(result: number): void {
    const error = osError(result, 'sendto', this.#peerName);
    this.#tell('errorReceived', () => this.#protocol.errorReceived(error));
  }

  /** @internal */
  datagramSent(): void {
    const { unsent } = this.#send;
    if (this.#paused && unsent <= this.#marks.low) {
      this.#paused = false;
      this.#tell('resumeWriting', () => this.#protocol.resumeWriting());
    }
    if (this.#closing && this.#send.unsent === 0) this.#lose(undefined);
  }

  /** @internal */
  socketFailed(result: number): void {
    this.#lose(osError(result, 'recvfrom', this.#socketName));
  }

  /** @internal */
  halfIdle(): void {
    if (this.#lost) this.#release();
  }

  override toString(): string {
    const state = this.#released ? 'closed' : this.#closing ? 'closing' : 'open';
    return `<DatagramTransport fd=${this.#released ? -1 : this.#fd} ${state} unsent=${this.#send.unsent}>`;
  }

  [inspectCustom](): string {
    return this.toString();
  }

  #target(address: DatagramAddress | undefined): Address | undefined {
    const peer = this.#peerName;
    if (address === undefined) {
      if (peer !== undefined) return undefined;
      throw new TypeError('sendto expects an address, as the transport is not connected to one');
    }
    const target = datagramAddress(address, 'sendto');
    if (peer === undefined) return target;
    if (sameAddress(target, peer)) return undefined;
    throw new RangeError('sendto: the address must be left out, or be the one that the transport is connected to');
  }

  #pauseIfFull(): void {
    if (this.#paused || this.#send.unsent <= this.#marks.high) return;
    this.#paused = true;
    // In the caller's context, who may well be the protocol itself.
    this.#guard('pauseWriting', () => this.#protocol.pauseWriting());
  }

  /** Calls the protocol, in its own context. */
  #tell(method: string, call: () => void): void {
    const previous = enterContext(this.#context);
    try {
      this.#guard(method, call);
    } finally {
      leaveContext(this.#context, previous);
    }
  }

  /** A mistake in one callback does not end the transport. */
  #guard(method: string, call: () => void): void {
    try {
      call();
    } catch (exception) {
      const message = `Exception in callback ${method}`;
      this.#network.scheduler.report({ message, exception, transport: this, protocol: this.#protocol });
    }
  }

  #lose(error: Error | undefined): void {
    if (this.#lost) return;
    this.#lost = true;
    this.#closing = true;
    this.#error = error;
    this.#receive.stop();
    this.#send.stop();
    this.#release();
  }

  /** Closes the socket, as soon as no operation of ours is in flight on it. */
  #release(): void {
    if (this.#released || this.#receive.state !== IDLE || this.#send.state !== IDLE) return;
    this.#released = true;
    this.#socket._closed();
    const { scheduler, driver } = this.#network;
    // The loop's end closes all sockets itself, and there is nobody left to be told.
    if (scheduler.closed) return;
    driver.close(this.#fd);
    scheduler.callSoon(() => this.#protocol.connectionLost(this.#error), this.#context);
  }
}
