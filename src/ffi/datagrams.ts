/** Receiving and sending datagrams by plain system calls, which never wait: both Linux drivers do it so. */
import type { Address } from '../io/address.ts';
import { MSG_NOSIGNAL } from './constants.ts';
import { addressOf, type Libc, libc, type Pinned, type Pointer, pinned } from './libc.ts';
import { decodeAddress, encodeAddress, SOCKADDR_ROOM } from './sockaddr.ts';

/** In bytes, as asyncio: no UDP datagram is longer than 64 KiB, one of a unix socket may be. */
const LONGEST = 256 * 1024;
/** In bytes: up to here a copy is cheaper than to ask for an address; and small arrays may move in memory. */
const COPIED = 2048;

export class Datagrams {
  /** The datagram received last. */
  readonly memory = Buffer.from(new ArrayBuffer(LONGEST));
  /** And who sent it. */
  from: Address | undefined = undefined;
  private readonly system: Libc = libc();
  private readonly at: Pointer = addressOf(this.memory);
  private readonly source: Pinned = pinned(SOCKADDR_ROOM);
  private readonly sourceLength: Pinned = pinned(4);
  /** The sockaddr of `from`, whose owner mostly sends more. */
  private lastSource: Buffer = Buffer.alloc(0);
  private readonly target: Pinned = pinned(SOCKADDR_ROOM);
  private targetLength = 0;
  /** The address in `target`. */
  private lastTarget: Address | undefined = undefined;
  private readonly copy: Pinned = pinned(COPIED);

  /** The length of the datagram that is now in `memory`, or `-errno`. */
  receive(fd: number): number {
    const { source, sourceLength } = this;
    sourceLength.view.setInt32(0, SOCKADDR_ROOM, true);
    const result = this.system.recvfrom(fd, this.at, LONGEST, 0, source.address, sourceLength.address);
    if (result >= 0) this.readSource(sourceLength.view.getInt32(0, true));
    return result;
  }

  /** The number of bytes sent, or `-errno`. `address` undefined: to the peer of a connected socket. */
  send(fd: number, data: Uint8Array, address: Address | undefined): number {
    let at = this.copy.address;
    if (data.length <= COPIED) this.copy.bytes.set(data);
    else at = addressOf(data);
    if (address === undefined) return this.system.send(fd, at, data.length, MSG_NOSIGNAL);
    if (address !== this.lastTarget) {
      this.lastTarget = undefined;
      this.targetLength = encodeAddress(address, this.target.bytes);
      if (this.targetLength < 0) return this.targetLength;
      this.lastTarget = address;
    }
    return this.system.sendto(fd, at, data.length, MSG_NOSIGNAL, this.target.address, this.targetLength);
  }

  /** Addresses are immutable: who sends many datagrams has one object for all. */
  private readSource(length: number): void {
    const bytes = this.source.bytes;
    if (length === this.lastSource.length && length > 0 && this.lastSource.compare(bytes, 0, length) === 0) return;
    const address = decodeAddress(bytes, length);
    this.from = address?.family === 'unix' && address.path === '' ? undefined : address;
    this.lastSource = Buffer.from(bytes.subarray(0, length));
  }
}
