import type { Address } from '../io/address.ts';
import { BaseTransport } from './endpoint.ts';
import type { WriteBufferLimits } from './transport.ts';

/** Where a datagram goes: what `datagramReceived` gave, or a literal host and a port, or the path of a unix socket. */
export type DatagramAddress = Address | { readonly host: string; readonly port: number } | string;

/** A transport of datagrams: asyncio's DatagramTransport. */
export abstract class DatagramTransport extends BaseTransport {
  /**
   * Sends one datagram, which may be empty; never waits. `address` may be left out on a connected transport.
   * Throws TypeError unless `data` is a Uint8Array, RangeError for an address that is no literal or not the one that
   * the transport is connected to, TransportClosedError after `close` or `abort`.
   *
   * Differs from asyncio: the system gets it at the end of the turn, and what it refuses goes to `errorReceived`.
   */
  abstract sendto(data: Uint8Array, address?: DatagramAddress): void;
  /** Closes at once: what is buffered is lost. */
  abstract abort(): void;
  abstract getWriteBufferSize(): number;
  abstract getWriteBufferLimits(): { readonly low: number; readonly high: number };
  /** Throws RangeError unless high >= low >= 0. */
  abstract setWriteBufferLimits(limits?: WriteBufferLimits): void;
}
