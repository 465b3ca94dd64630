import { EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLPRI, EPOLLRDHUP } from '../../ffi/constants.ts';
import { EBADF } from '../../io/errno.ts';
import type { Poll } from '../../io/operation.ts';
import type { Counters } from '../counters.ts';
import type { Ends } from '../ends.ts';
import { Channel } from './channel.ts';
import type { Poller } from './poller.ts';

/** After these an edge may never come again, or data is left after a short receive. */
const ODD_EVENTS = EPOLLRDHUP | EPOLLHUP | EPOLLERR | EPOLLPRI;
/** Epoll's word for the generation has 32 bits, read back as signed. */
const GENERATION_MASK = 0x7fffffff;

/** The table of channels by fd, and their registration with epoll. */
export class Channels {
  private readonly table: (Channel | undefined)[] = [];
  private generation = 0;
  private readonly poller: Poller;
  private readonly ends: Ends;
  private readonly counters: Counters;

  constructor(poller: Poller, ends: Ends, counters: Counters) {
    this.poller = poller;
    this.ends = ends;
    this.counters = counters;
  }

  find(fd: number): Channel | undefined {
    return fd < 0 ? undefined : this.table[fd];
  }

  all(): Channel[] {
    return this.table.filter((channel) => channel !== undefined);
  }

  /** A descriptor that the driver has just opened. */
  open(fd: number, shortIsEmpty: boolean): Channel {
    const stale = this.table[fd];
    // Somebody closed a descriptor under its operations and the system gave us the number.
    if (stale !== undefined) this.abandon(stale);
    const channel = this.create(fd, true, shortIsEmpty);
    this.counters.openSockets++;
    return channel;
  }

  /** The channel of `fd`, made if the descriptor is somebody else's and unknown. */
  use(fd: number): Channel {
    return this.table[fd] ?? this.create(fd, false, false);
  }

  /** Forgets a channel whose descriptor is closed, or nobody's business any more. */
  drop(channel: Channel): void {
    channel.closed = true;
    if (channel.owned) this.counters.openSockets--;
    if (this.table[channel.fd] === channel) this.table[channel.fd] = undefined;
  }

  /** A descriptor that we did not open may be closed and its number used again without our knowledge: never keep one. */
  release(channel: Channel): void {
    if (channel.owned || channel.closed || channel.inFlight > 0) return;
    if (channel.watched !== 0) this.poller.remove(channel.fd);
    this.drop(channel);
  }

  /**
   * A poll is over, and its channel rid of it at once, not only when the owner is told: the owner of a descriptor that is
   * not ours may close it as soon as it has asked for the cancel, and the number may come back as another's.
   */
  endPoll(channel: Channel, poll: Poll, result: number): void {
    poll.slot = -1;
    channel.inFlight--;
    this.ends.push(poll, result);
    this.release(channel);
  }

  /** Has epoll watch for `events` beside those it watches for already. 0 or `-errno`. */
  watch(channel: Channel, events: number): number {
    if ((channel.watched & events) === events) return 0;
    return this.rearm(channel, events);
  }

  /** As `watch`, and what holds already is reported, also when it was reported before. */
  rearm(channel: Channel, events: number): number {
    const mask = channel.watched | events | EPOLLRDHUP | EPOLLPRI;
    const result =
      channel.watched === 0
        ? this.poller.add(channel.fd, mask, channel.generation)
        : this.poller.modify(channel.fd, mask, channel.generation);
    if (result === 0) channel.watched = mask;
    return result;
  }

  /** Remembers what an event says. The channel that is to look into it, or undefined for an event of the past. */
  note(fd: number, generation: number, events: number): Channel | undefined {
    const channel = this.table[fd];
    if (channel === undefined || channel.generation !== generation) return undefined;
    channel.news |= events;
    channel.ready |= events & (EPOLLIN | EPOLLOUT);
    if ((events & ODD_EVENTS) !== 0) {
      channel.shortIsEmpty = false;
      channel.ready |= EPOLLIN;
      // The end of what the peer sends (RDHUP) says nothing about what it reads; an error concerns both.
      if ((events & (EPOLLHUP | EPOLLERR)) !== 0) channel.ready |= EPOLLOUT;
    }
    return channel;
  }

  private create(fd: number, owned: boolean, shortIsEmpty: boolean): Channel {
    this.generation = (this.generation + 1) & GENERATION_MASK;
    const channel = new Channel(fd, this.generation, owned, shortIsEmpty);
    this.table[fd] = channel;
    return channel;
  }

  private abandon(channel: Channel): void {
    for (const operation of channel.running()) {
      operation.slot = -1;
      this.ends.push(operation, -EBADF);
    }
    this.drop(channel);
  }
}
