import { BaseProtocol } from './endpoint.ts';

/**
 * What a stream's bytes mean: asyncio's Protocol.
 *
 * connectionMade → dataReceived* → eofReceived? → connectionLost
 *
 * @example
 * class Echo extends Protocol {
 *   #transport!: Transport;
 *   override connectionMade(transport: Transport) { this.#transport = transport; }
 *   override dataReceived(data: Buffer) { this.#transport.write(data); }
 * }
 */
export class Protocol extends BaseProtocol {
  /** A piece of the stream, never empty, of any length. The buffer is yours. */
  dataReceived(_data: Buffer): void {}
  /** The other side sends no more. True keeps our side open for writing; anything else closes the transport. */
  eofReceived(): boolean | undefined | void {}
}

/** A protocol that gives the memory into which the bytes go: asyncio's BufferedProtocol. */
export abstract class BufferedProtocol extends BaseProtocol {
  /** Memory to receive into, of any length but 0; `sizeHint` bytes are there (-1: unknown). */
  abstract getBuffer(sizeHint: number): Uint8Array;
  /** The first `count` bytes of what `getBuffer` gave are filled. */
  abstract bufferUpdated(count: number): void;
  /** As `Protocol.eofReceived`. */
  eofReceived(): boolean | undefined | void {}
}
