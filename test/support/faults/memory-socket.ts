import type { InetAddress } from '../../../src/io/address.ts';
import type { ShutdownHow } from '../../../src/io/driver.ts';
import { ECONNRESET, EPIPE } from '../../../src/io/errno.ts';

/** In bytes: what the receiving side of a connection keeps for a reader. Less than the water marks, so that they matter. */
const ROOM = 40_000;

/** One end of a connection in memory, or a listener. */
export class MemorySocket {
  readonly local: InetAddress;
  peer: MemorySocket | undefined = undefined;
  /** Of a listener: above 0, and the ends that nobody has accepted. */
  backlog = 0;
  readonly waiting: MemorySocket[] = [];
  writeShut = false;
  /** A reset has come that nobody has been told of. */
  resetReceived = false;
  /** Nothing can be sent any more. */
  broken = false;
  private told = false;
  private inbox: Buffer[] = [];
  private unread = 0;
  private ended = false;
  closed = false;

  constructor(local: InetAddress) {
    this.local = local;
  }

  get atEnd(): boolean {
    return this.ended || this.broken;
  }

  /** Takes as much as there is room for. */
  give(data: Uint8Array): number {
    const count = Math.min(data.length, ROOM - this.unread);
    if (count === 0) return 0;
    this.inbox.push(Buffer.from(data.subarray(0, count)));
    this.unread += count;
    return count;
  }

  take(most: number): Buffer | undefined {
    const first = this.inbox.shift();
    if (first === undefined) return undefined;
    if (first.length > most) this.inbox.unshift(first.subarray(most));
    const data = first.subarray(0, most);
    this.unread -= data.length;
    return data;
  }

  /** The first send after a reset that was not read is told of it; later ones find a broken pipe. */
  sendError(): number {
    const reset = this.resetReceived && !this.told;
    this.told = true;
    return reset ? -ECONNRESET : -EPIPE;
  }

  shutdown(how: ShutdownHow): void {
    if (how !== 'write') this.ended = true;
    if (how === 'read') return;
    this.writeShut = true;
    if (this.peer !== undefined) this.peer.ended = true;
  }

  /** As TCP: what was not read makes it a reset. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    for (const socket of this.waiting) socket.reset();
    const { peer } = this;
    if (peer === undefined || peer.closed) return;
    if (this.unread > 0) this.reset();
    else if (!peer.broken) this.shutdown('write');
  }

  reset(): void {
    const { peer } = this;
    this.closed = true;
    if (peer === undefined || peer.closed || peer.broken) return;
    peer.inbox = [];
    peer.unread = 0;
    peer.broken = true;
    peer.resetReceived = true;
  }

  /** Sent to a socket that is closed: the system takes it, and a reset is what comes back. */
  answerReset(): void {
    this.broken = true;
    this.resetReceived = true;
  }
}
