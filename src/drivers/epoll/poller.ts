import {
  CLOCK_MONOTONIC,
  EPOLL_CLOEXEC,
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLL_CTL_MOD,
  EPOLLET,
  EPOLLIN,
  TFD_CLOEXEC,
  TFD_NONBLOCK,
} from '../../ffi/constants.ts';
import { type Libc, libc, type Pinned, pinned } from '../../ffi/libc.ts';
import { EINTR, ENOSYS } from '../../io/errno.ts';
import { osError } from '../../io/os-error.ts';
import type { Counters } from '../counters.ts';

/** Events taken by one epoll_wait. What is left over comes first the next time: the kernel rotates its list. */
const EVENT_ROOM = 512;
/** `struct epoll_event` in 32-bit words: packed on x64 only (the mask, then 64 bits of ours). */
const PACKED = process.arch === 'x64' || process.arch === 'ia32';
const EVENT_WORDS = PACKED ? 3 : 4;
const DATA_WORD = PACKED ? 1 : 2;
const WORD = 4;

/** In our half of an event, the fd of the timer: no descriptor has it. */
const TIMER = -1;
/** epoll_pwait2, the one with nanoseconds, since Linux 5.11; the C library learned it later, hence by number. */
const SYS_EPOLL_PWAIT2 = 441;
const NS_PER_MS = 1e6;
const NS_PER_S = 1e9;
const MS_PER_S = 1e3;
/** A year: longer sleeps wake once and sleep again. */
const LONGEST_MS = 365 * 86_400 * MS_PER_S;
/** In `struct itimerspec`, where the first expiry is; before it is the interval, 0: once only. */
const EXPIRY_OFFSET = 16;

/** The epoll set and the timer in it. Knows descriptors and masks, nothing of operations. */
export class Poller {
  /** Readable whenever `collect` would find something: another event loop can watch it. */
  readonly fd: number;
  private readonly timer: number;
  private readonly system: Libc = libc();
  private readonly counters: Counters;
  private readonly events: Pinned = pinned(EVENT_ROOM * EVENT_WORDS * WORD);
  private readonly words: Int32Array;
  private readonly change: Pinned = pinned(EVENT_WORDS * WORD);
  private readonly changeWords: Int32Array;
  /** `struct itimerspec` */
  private readonly expiry: Pinned = pinned(32);
  /** `struct timespec` */
  private readonly timeout: Pinned = pinned(16);
  /** When the timer goes off, in ms of `performance.now()`; Infinity when it is not set. */
  private alarm = Number.POSITIVE_INFINITY;
  private pwait2 = true;

  constructor(counters: Counters) {
    this.counters = counters;
    this.words = new Int32Array(this.events.bytes.buffer);
    this.changeWords = new Int32Array(this.change.bytes.buffer);
    this.fd = this.system.epoll_create1(EPOLL_CLOEXEC);
    if (this.fd < 0) throw osError(this.fd, 'epoll_create1');
    this.timer = this.system.timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    const result = this.timer < 0 ? this.timer : this.control(EPOLL_CTL_ADD, this.timer, EPOLLIN, TIMER, 0);
    if (result < 0) {
      this.system.close(this.fd);
      if (this.timer >= 0) this.system.close(this.timer);
      throw osError(result, 'timerfd_create');
    }
  }

  /** Adds `fd` to the set; the first event tells what holds already. 0 or `-errno`. */
  add(fd: number, events: number, generation: number): number {
    return this.control(EPOLL_CTL_ADD, fd, events, fd, generation);
  }

  /** Changes what is watched; what holds already is reported again. 0 or `-errno`. */
  modify(fd: number, events: number, generation: number): number {
    return this.control(EPOLL_CTL_MOD, fd, events, fd, generation);
  }

  /** The result is of no interest: a descriptor that was closed has left the set by itself. */
  remove(fd: number): void {
    this.control(EPOLL_CTL_DEL, fd, 0, fd, 0);
  }

  /**
   * Gives every event that is there to `onEvent(fd, generation, events)`, after waiting up to `timeoutMs` for the first
   * one. `onEvent` must not call back into the poller.
   */
  collect(timeoutMs: number, onEvent: (fd: number, generation: number, events: number) => void): void {
    const count = timeoutMs > 0 ? this.waitFor(timeoutMs) : this.enter(0);
    const words = this.words;
    for (let i = 0, at = 0; i < count; i++, at += EVENT_WORDS) {
      const fd = words[at + DATA_WORD]!;
      // Watched by edge: an alarm that went off need not be read.
      if (fd === TIMER) this.alarm = Number.POSITIVE_INFINITY;
      else onEvent(fd, words[at + DATA_WORD + 1]!, words[at]!);
    }
  }

  /**
   * Makes `fd` readable at the latest in `timeoutMs`. An alarm that goes off earlier is left as it is: the loop wakes,
   * finds nothing to do and sets it anew, and the usual deadline that only ever moves away costs no system call.
   */
  wakeIn(timeoutMs: number): void {
    const now = performance.now();
    if (this.alarm > now && this.alarm <= now + timeoutMs) return;
    this.alarm = now + timeoutMs;
    this.setTime(this.expiry, EXPIRY_OFFSET, timeoutMs);
    this.counters.syscalls++;
    const result = this.system.timerfd_settime(this.timer, 0, this.expiry.address, 0);
    if (result < 0) throw osError(result, 'timerfd_settime');
  }

  close(): void {
    this.system.close(this.timer);
    this.system.close(this.fd);
  }

  private control(what: number, fd: number, events: number, data: number, generation: number): number {
    this.changeWords[0] = events | EPOLLET;
    this.changeWords[DATA_WORD] = data;
    this.changeWords[DATA_WORD + 1] = generation;
    this.counters.syscalls++;
    return this.system.epoll_ctl(this.fd, what, fd, this.change.address);
  }

  private enter(timeoutMs: number): number {
    this.counters.syscalls++;
    return this.checked(this.system.epoll_wait(this.fd, this.events.address, EVENT_ROOM, timeoutMs));
  }

  private waitFor(timeoutMs: number): number {
    if (this.pwait2) {
      this.setTime(this.timeout, 0, timeoutMs);
      this.counters.syscalls++;
      const { events, timeout, fd } = this;
      const result = this.system.syscall(SYS_EPOLL_PWAIT2, fd, events.address, EVENT_ROOM, timeout.address, 0, 0);
      if (result !== -ENOSYS) return this.checked(result);
      this.pwait2 = false;
    }
    return this.enter(Math.ceil(timeoutMs));
  }

  /** A signal ends a wait without events; any other failure is a defect of ours and must show. */
  private checked(result: number): number {
    if (result >= 0) return result;
    if (result === -EINTR) return 0;
    throw osError(result, 'epoll_wait');
  }

  /** Writes a `struct timespec`; at least 1 ns, because an alarm at 0 is switched off. */
  private setTime(memory: Pinned, offset: number, ms: number): void {
    const limited = Math.min(ms, LONGEST_MS);
    const seconds = Math.floor(limited / MS_PER_S);
    const ns = Math.min(NS_PER_S - 1, Math.max(1, Math.round((limited - seconds * MS_PER_S) * NS_PER_MS)));
    // Both are 64-bit fields whose upper halves stay 0.
    memory.view.setUint32(offset, seconds, true);
    memory.view.setUint32(offset + 8, ns, true);
  }
}
