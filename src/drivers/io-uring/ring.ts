import * as A from '../../ffi/io-uring-abi.ts';
import { bindIoUringEnter, type IoUringEnter } from '../../ffi/io-uring-calls.ts';
import { libc, NULL } from '../../ffi/libc.ts';
import { type Mapping, mapMemory } from '../../ffi/memory.ts';
import { EAGAIN, EBUSY, EINTR, ETIME } from '../../io/errno.ts';
import { osError } from '../../io/os-error.ts';
import { mapRing, type RingLayout } from './ring-layout.ts';

/** Work that the kernel does, or completions that it copies to the ring, only in `enter` with GETEVENTS. */
const PENDING_WORK = A.SQ_TASKRUN | A.SQ_CQ_OVERFLOW;

/** The ring's page of arguments for calls and operations; where each is, in bytes. */
const PAGE_BYTES = 4096;
const WAIT_ARGUMENT = 0;
const WAIT_TIMESPEC = 64;
/** Free for operations whose arguments the kernel reads while it takes the SQE: the sleep's deadline, the eventfd. */
export const PAGE_DEADLINE = 128;
export const PAGE_WAKE_COUNT = 192;

const MS_PER_SECOND = 1000;
const NANOSECONDS_PER_MS = 1e6;
/** Some 60 years: keeps the seconds in a 32-bit word. */
const LONGEST_MS = 2e12;

/** A kernel short of memory for requests may say EAGAIN; each try also takes completions out of its way. */
const TRIES = 1000;

/** A signal, or the kernel short of memory or of room for completions: not errors of ours. */
function isPassing(result: number): boolean {
  return result === -EINTR || result === -EAGAIN || result === -EBUSY;
}

/**
 * The two queues shared with the kernel. Plain loads and stores are enough, except where `wakeUpArmed` says so: because
 * of DEFER_TASKRUN the kernel touches them on our own thread alone, inside `enter`.
 */
export class Ring {
  readonly fd: number;
  readonly entries: number;
  /** The queues of indexes and completions, and the submission entries (SQEs), as words. Empty once closed. */
  rings: Int32Array;
  sqes: Int32Array;
  /** Positions count up and wrap at 2^32. SQEs in [handed, tail) are written and not yet given to the kernel. */
  tail: number;
  handed: number;
  /** The next completion to read. The kernel learns of it by `publishHead`. */
  head: number;
  /** Completions moved aside (four words each) to make room for the kernel while nobody could be called back. */
  readonly spilled: number[] = [];
  syscalls = 0;

  readonly page: Mapping;
  pageWords: Int32Array;
  readonly completionMask: number;
  readonly completionsAt: number;
  private readonly layout: RingLayout;
  private readonly mask: number;
  private readonly enterCall: IoUringEnter;
  private closed = false;

  /** Throws OSError when the kernel refuses. */
  constructor(entries: number, completionEntries: number) {
    const layout = mapRing(entries, completionEntries);
    this.layout = layout;
    this.fd = layout.fd;
    this.entries = layout.entries;
    this.rings = layout.rings;
    this.sqes = layout.sqes;
    this.mask = layout.entries - 1;
    this.completionMask = layout.completionEntries - 1;
    this.completionsAt = layout.completionsAt;
    this.tail = this.handed = this.rings[layout.sqTailAt]!;
    this.head = this.rings[layout.cqHeadAt]!;
    this.page = mapMemory(PAGE_BYTES);
    this.pageWords = new Int32Array(this.page.buffer);
    const timespec = this.page.address + WAIT_TIMESPEC;
    this.writeAddress((WAIT_ARGUMENT + A.GETEVENTS_ARG_TIMESPEC_BYTE) >> 2, timespec);
    this.enterCall = bindIoUringEnter();
  }

  get mappedBytes(): number {
    return this.closed ? 0 : this.page.length + this.layout.mappedBytes;
  }

  /**
   * Writes an SQE. It goes to the kernel with the next `enter`, or at once, with all before it, when the queue is full.
   * `slot` and `generation` come back as the completion's user data.
   */
  push(
    opcode: number,
    fd: number,
    addressLow: number,
    addressHigh: number,
    length: number,
    opFlags: number,
    slot: number,
    generation: number,
    offset: number,
    bufferGroup: number,
  ): void {
    if (((this.tail - this.handed) | 0) === this.entries) this.makeRoom();
    const at = (this.tail & this.mask) * A.SQE_WORDS;
    const sqes = this.sqes;
    sqes[at + A.SQE_OPCODE] = opcode;
    sqes[at + A.SQE_FD] = fd;
    sqes[at + A.SQE_OFFSET] = offset;
    sqes[at + A.SQE_OFFSET + 1] = 0;
    sqes[at + A.SQE_ADDRESS] = addressLow;
    sqes[at + A.SQE_ADDRESS + 1] = addressHigh;
    sqes[at + A.SQE_LENGTH] = length;
    sqes[at + A.SQE_OP_FLAGS] = opFlags;
    sqes[at + A.SQE_USER_DATA] = slot;
    sqes[at + A.SQE_USER_DATA + 1] = generation;
    sqes[at + A.SQE_BUFFER_GROUP] = bufferGroup;
    sqes[at + A.SQE_FILE_INDEX] = 0;
    sqes[at + A.SQE_ADDRESS_3] = 0;
    sqes[at + A.SQE_ADDRESS_3 + 1] = 0;
    this.tail = (this.tail + 1) | 0;
  }

  /** True while the SQE that was pushed at this position for this request can still be changed. */
  isPending(position: number, slot: number, generation: number): boolean {
    if ((position - this.handed) >>> 0 >= (this.tail - this.handed) >>> 0) return false;
    // Positions come round again after 2^32 requests, and a send may be stuck for longer than that takes.
    const at = (position & this.mask) * A.SQE_WORDS + A.SQE_USER_DATA;
    return this.sqes[at] === slot && this.sqes[at + 1] === generation;
  }

  /** The upper half of an offset that is really an address. */
  setOffsetHigh(position: number, high: number): void {
    this.sqes[(position & this.mask) * A.SQE_WORDS + A.SQE_OFFSET + 1] = high;
  }

  setLength(position: number, length: number): void {
    this.sqes[(position & this.mask) * A.SQE_WORDS + A.SQE_LENGTH] = length;
  }

  get hasPending(): boolean {
    return this.tail !== this.handed;
  }

  /** The kernel's tail of the completion queue. */
  completionTail(): number {
    return this.rings[this.layout.cqTailAt]!;
  }

  /** One read of memory: has the kernel work that waits for an `enter`? (The flags are written by other CPUs.) */
  needsEnter(): boolean {
    return (this.rings[this.layout.sqFlagsAt]! & PENDING_WORK) !== 0;
  }

  hasCompletions(): boolean {
    return this.completionTail() !== this.head || this.spilled.length > 0;
  }

  publishHead(): void {
    if (!this.closed) this.rings[this.layout.cqHeadAt] = this.head;
  }

  /** Hands the SQEs over and lets the kernel finish what is ready. */
  submit(): void {
    for (let tries = 0; ; tries++) {
      const result = this.enter(0, A.ENTER_GETEVENTS, NULL, 0);
      if (result < 0 && !isPassing(result)) throw osError(result, 'io_uring_enter');
      if (!this.hasPending) return;
      if (tries === TRIES) throw osError(result < 0 ? result : -EAGAIN, 'io_uring_enter');
      this.spill();
    }
  }

  /** As `submit`, and waits for one completion or until `timeoutMs` have passed, with the same call. */
  submitAndWait(timeoutMs: number): void {
    this.writeTimespec(WAIT_TIMESPEC >> 2, timeoutMs);
    const argument = this.page.address + WAIT_ARGUMENT;
    const result = this.enter(1, A.ENTER_GETEVENTS | A.ENTER_EXT_ARG, argument, A.GETEVENTS_ARG_BYTES);
    if (result < 0 && result !== -ETIME && !isPassing(result)) throw osError(result, 'io_uring_enter');
    if (this.hasPending) this.submit();
  }

  private enter(minComplete: number, flags: number, argument: number, argumentBytes: number): number {
    const rings = this.rings;
    rings[this.layout.sqTailAt] = this.tail;
    rings[this.layout.cqHeadAt] = this.head;
    this.syscalls++;
    const result = this.enterCall(this.fd, (this.tail - this.handed) | 0, minComplete, flags, argument, argumentBytes);
    // What the kernel took is what its head says, also when the call failed after a part.
    this.handed = rings[this.layout.sqHeadAt]!;
    return result;
  }

  /** Called inside `submit` of an operation, where completions may not be delivered. */
  private makeRoom(): void {
    this.submit();
  }

  /** Old kernels refuse new requests while completions overflow the queue: move those there aside. */
  spill(): void {
    const tail = this.completionTail();
    while (this.head !== tail) {
      const at = this.completionsAt + (this.head & this.completionMask) * A.CQE_WORDS;
      for (let i = 0; i < A.CQE_WORDS; i++) this.spilled.push(this.rings[at + i]!);
      this.head = (this.head + 1) | 0;
    }
    this.publishHead();
  }

  /** Whether the registered eventfd is signalled. Sequentially consistent, see `Sleep`. */
  setWakeUp(on: boolean): void {
    Atomics.store(this.rings, this.layout.cqFlagsAt, on ? 0 : A.CQ_EVENTFD_DISABLED);
  }

  /** `needsEnter` or `hasCompletions`, ordered after `setWakeUp`. */
  hasWorkAtomic(): boolean {
    return (Atomics.load(this.rings, this.layout.sqFlagsAt) & PENDING_WORK) !== 0 || this.hasCompletions();
  }

  /** A `struct __kernel_timespec` at a word of the page. */
  writeTimespec(at: number, timeoutMs: number): void {
    const ms = Math.min(Math.max(timeoutMs, 0), LONGEST_MS);
    const seconds = Math.floor(ms / MS_PER_SECOND);
    this.pageWords[at] = seconds;
    this.pageWords[at + 1] = 0;
    // Rounded up: to wake before the deadline would cost a second sleep.
    this.pageWords[at + 2] = Math.min(Math.ceil((ms - seconds * MS_PER_SECOND) * NANOSECONDS_PER_MS), 999_999_999);
    this.pageWords[at + 3] = 0;
  }

  private writeAddress(at: number, address: number): void {
    new DataView(this.page.buffer).setBigUint64(at << 2, BigInt(address), true);
  }

  /** Only when nothing is in flight: the kernel must not write to memory that is gone. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    libc().close(this.fd);
    // Views first: a read through one after the unmapping would be a segmentation fault.
    this.rings = this.sqes = this.pageWords = new Int32Array(0);
    this.layout.release();
    this.page.release();
  }
}
