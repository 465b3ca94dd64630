import { ACCEPT, POLL, RECEIVE, RECEIVE_FROM, SEND, SEND_TO } from '../../io/operation.ts';
import { LongFlows } from './long-flows.ts';
import { DIRECT_RECEIVE } from './slot-table.ts';

/** What is known of each descriptor, one word each: who made it, and what is in flight on it. */
const OWNED = 1;
/** Polls may be many and are counted, in the bits from this one on; the other kinds have one bit each. */
const POLLS = 16;

/** In the order of the kinds' numbers. Files may have any number of calls in flight. The sockets of Connect, Listen and OpenDatagram are nobody else's until they end. */
const USES = new Int32Array(DIRECT_RECEIVE + 1);
USES[RECEIVE] = 2;
USES[SEND] = 4;
USES[ACCEPT] = 8;
USES[POLL] = POLLS;
USES[DIRECT_RECEIVE] = USES[RECEIVE]!;
// A socket has either the one or the other.
USES[RECEIVE_FROM] = USES[RECEIVE]!;
USES[SEND_TO] = USES[SEND]!;

/** What an operation of this kind adds to its descriptor's word. */
export function descriptorUse(kind: number): number {
  return USES[kind]!;
}

const FIRST_SIZE = 64;

export class DescriptorTable {
  owned = 0;
  readonly flows = new LongFlows();
  private words = new Int32Array(FIRST_SIZE);

  /** A socket that the driver made. */
  adopt(fd: number): void {
    this.ensure(fd);
    if (!this.isOwned(fd)) this.owned++;
    this.words[fd] = OWNED;
    // The number may have been another connection's.
    this.flows.forget(fd);
  }

  disown(fd: number): void {
    if (!this.isOwned(fd)) return;
    this.words[fd] = 0;
    this.owned--;
  }

  isOwned(fd: number): boolean {
    return fd >= 0 && fd < this.words.length && (this.words[fd]! & OWNED) !== 0;
  }

  isBusy(fd: number): boolean {
    return fd >= 0 && fd < this.words.length && (this.words[fd]! & ~OWNED) !== 0;
  }

  /** Marks an operation on the socket. False when one of that kind is there, and there may be but one. */
  begin(fd: number, what: number): boolean {
    if (fd < 0 || what === 0) return true;
    this.ensure(fd);
    const word = this.words[fd]!;
    if (what < POLLS && (word & what) !== 0) return false;
    this.words[fd] = word + what;
    return true;
  }

  end(fd: number, what: number): void {
    if (fd < 0 || what === 0) return;
    // A cancelled poll may end when its descriptor, which was not ours, is closed and the number is a new socket's.
    if (what === POLLS && this.words[fd]! < POLLS) return;
    this.words[fd] = this.words[fd]! - what;
  }

  all(): number[] {
    return [...this.words.keys()].filter((fd) => this.isOwned(fd));
  }

  private ensure(fd: number): void {
    if (fd < this.words.length) return;
    let size = this.words.length;
    while (size <= fd) size *= 2;
    const grown = new Int32Array(size);
    grown.set(this.words);
    this.words = grown;
  }
}
