import { EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLRDHUP, SOCK_CLOEXEC, SOCK_NONBLOCK } from '../../ffi/constants.ts';
import { type Libc, libc, NULL } from '../../ffi/libc.ts';
import { close, pendingError } from '../../ffi/sockets.ts';
import * as errno from '../../io/errno.ts';
import {
  type Accept,
  type Operation,
  READABLE,
  type Receive,
  type ReceiveFrom,
  type SendTo,
  SUBMITTED,
  WRITABLE,
} from '../../io/operation.ts';
import { Batches } from '../batches.ts';
import type { Counters } from '../counters.ts';
import { BLOCKED, DatagramRunner, MORE, type Outcome, OVER } from '../datagram-runner.ts';
import { LongReceiver, RECEIVE_LENGTH } from '../long-receiver.ts';
import { isLostConnection } from '../lost-connection.ts';
import type { Channel } from './channel.ts';
import type { Channels } from './channels.ts';
import { SEND_BLOCKED, type Sender } from './sender.ts';

/** New connections taken from one listener before the other descriptors have their turn. */
const ACCEPT_LIMIT = 64;
const ACCEPT_FLAGS = SOCK_NONBLOCK | SOCK_CLOEXEC;

/**
 * In bytes, what one run receives before the tasks have their turn. With more, what came first would have left the
 * processor's caches by then: 512 connections of 16 KiB each lost a sixth.
 */
const RUN_LENGTH = 1024 * 1024;
/** In bytes: as so much a short piece counts, since each brings its socket, its reader and its task into the caches. */
const LEAST_LENGTH = 4096;

/** Carries out what epoll says is possible, and what was found to be possible before. Here the callbacks are called. */
export class Runner {
  private readonly queue = new Batches<Channel>();
  private readonly receiver = new LongReceiver();
  /** In bytes: what may still be received in this run. */
  private room = 0;
  private readonly datagrams = new DatagramRunner();
  private readonly system: Libc = libc();
  private readonly channels: Channels;
  private readonly sender: Sender;
  private readonly counters: Counters;
  /** How the driver delivers a final completion. */
  private readonly finish: (operation: Operation, result: number) => void;

  constructor(
    channels: Channels,
    sender: Sender,
    counters: Counters,
    finish: (operation: Operation, result: number) => void,
  ) {
    this.channels = channels;
    this.sender = sender;
    this.counters = counters;
    this.finish = finish;
  }

  get idle(): boolean {
    return this.queue.empty;
  }

  /** The channel will be looked at by the next `run`. */
  enqueue(channel: Channel): void {
    if (channel.queued) return;
    channel.queued = true;
    this.queue.add(channel);
  }

  /** Runs the channels that are queued now; what they leave undone, and what callbacks add, waits for the next call. */
  run(): void {
    this.room = RUN_LENGTH;
    if (this.drain() && this.queue.turn()) this.drain();
  }

  /** False when there was too much to be handled at once. */
  private drain(): boolean {
    while (this.room > 0) {
      const channel = this.queue.shift();
      if (channel === undefined) return true;
      channel.queued = false;
      this.runChannel(channel);
    }
    return false;
  }

  private runChannel(channel: Channel): void {
    // What does not call back comes first, and what does queues the channel again before: an error loses nothing.
    // Each step looks anew, as a callback may have closed the descriptor.
    if (channel.polls !== undefined && channel.polls.length > 0) this.polled(channel);
    channel.news = 0;
    if (channel.sendState === SEND_BLOCKED && (channel.ready & EPOLLOUT) !== 0) this.sender.proceed(channel);
    if (channel.sendTo !== undefined && (channel.ready & EPOLLOUT) !== 0) this.sendDatagrams(channel, channel.sendTo);
    if (channel.receiveFrom !== undefined && (channel.ready & EPOLLIN) !== 0) {
      this.receiveDatagrams(channel, channel.receiveFrom);
    }
    if (channel.receive !== undefined && (channel.ready & EPOLLIN) !== 0) this.receive(channel, channel.receive);
    if (channel.accept !== undefined && (channel.ready & EPOLLIN) !== 0) this.accept(channel, channel.accept);
    if (channel.connect !== undefined && (channel.ready & EPOLLOUT) !== 0) this.connected(channel);
  }

  private receive(channel: Channel, receive: Receive): void {
    this.counters.syscalls++;
    const count = this.receiver.receive(channel.fd);
    if (count > 0) {
      this.room -= Math.max(count, LEAST_LENGTH);
      if (count < RECEIVE_LENGTH && channel.shortIsEmpty) channel.ready &= ~EPOLLIN;
      else this.enqueue(channel);
      this.counters.completions++;
      this.receiver.deliver(receive, count);
    } else if (count === -errno.EAGAIN) {
      channel.ready &= ~EPOLLIN;
    } else if (count === -errno.EINTR) {
      this.enqueue(channel);
    } else {
      channel.receive = undefined;
      this.finish(receive, count);
    }
  }

  private receiveDatagrams(channel: Channel, operation: ReceiveFrom): void {
    const { datagrams } = this;
    let outcome: Outcome = MORE;
    try {
      outcome = datagrams.receive(operation);
    } finally {
      this.count(datagrams);
      if (outcome === BLOCKED) channel.ready &= ~EPOLLIN;
      else if (outcome === MORE) this.enqueue(channel);
    }
    if (outcome !== OVER) return;
    channel.receiveFrom = undefined;
    this.finish(operation, datagrams.result);
  }

  private sendDatagrams(channel: Channel, operation: SendTo): void {
    const { datagrams } = this;
    let outcome: Outcome = MORE;
    try {
      outcome = datagrams.send(operation);
    } finally {
      this.count(datagrams);
      if (outcome === MORE) this.enqueue(channel);
    }
    if (outcome === BLOCKED) {
      channel.ready &= ~EPOLLOUT;
      const result = this.channels.watch(channel, EPOLLOUT);
      if (result === 0) return;
      channel.sendTo = undefined;
      this.finish(operation, result);
    } else if (outcome === OVER) {
      channel.sendTo = undefined;
      this.finish(operation, datagrams.result);
    }
  }

  private count({ moved, calls }: DatagramRunner): void {
    this.counters.completions += moved;
    this.counters.syscalls += calls;
  }

  private accept(channel: Channel, accept: Accept): void {
    // First of all, so that nothing is forgotten when onConnection throws.
    this.enqueue(channel);
    for (let i = 0; i < ACCEPT_LIMIT && channel.accept === accept && accept.state === SUBMITTED; i++) {
      this.counters.syscalls++;
      const fd = this.system.accept4(channel.fd, NULL, NULL, ACCEPT_FLAGS);
      if (fd >= 0) {
        this.channels.open(fd, channel.shortIsEmpty);
        this.counters.completions++;
        accept.onConnection(fd);
      } else if (fd === -errno.EAGAIN) {
        channel.ready &= ~EPOLLIN;
        return;
      } else if (!isLostConnection(fd)) {
        channel.accept = undefined;
        this.finish(accept, fd);
        return;
      }
    }
  }

  private connected(channel: Channel): void {
    const connect = channel.connect!;
    channel.connect = undefined;
    this.counters.syscalls++;
    const result = pendingError(channel.fd);
    if (result < 0) {
      connect.slot = -1;
      this.channels.drop(channel);
      close(channel.fd);
    } else {
      connect.fd = channel.fd;
    }
    this.finish(connect, result < 0 ? result : channel.fd);
  }

  private polled(channel: Channel): void {
    const { news } = channel;
    const bad = (news & (EPOLLHUP | EPOLLERR)) !== 0;
    // An error or hang-up is news for those who want to read and for those who want to write: either call reports it.
    const readable = bad || (news & (EPOLLIN | EPOLLRDHUP)) !== 0 ? READABLE : 0;
    const writable = bad || (news & EPOLLOUT) !== 0 ? WRITABLE : 0;
    const polls = channel.polls!;
    channel.polls = polls.filter((poll) => (poll.events & (readable | writable)) === 0);
    for (const poll of polls) {
      const events = poll.events & (readable | writable);
      if (events !== 0) this.channels.endPoll(channel, poll, events);
    }
  }
}
