import { EPOLLOUT } from '../../ffi/constants.ts';
import type { Accept, Connect, Operation, Poll, Receive, ReceiveFrom, Send, SendTo } from '../../io/operation.ts';

/** What the driver knows of one descriptor, from the first operation on it to its close. */
export class Channel {
  readonly fd: number;
  /** Tells this descriptor from an earlier one of the same number whose events may still come. */
  readonly generation: number;
  /** Opened by the driver, and closed only through it. What others opened is forgotten when nothing runs on it. */
  readonly owned: boolean;
  /** The number stands for something else by now, or for nothing. */
  closed = false;

  /** Events that epoll watches here; 0 when the descriptor is not in the set. Only grows. */
  watched = 0;
  /**
   * EPOLLIN and EPOLLOUT: set when an event said so, cleared when a system call found nothing. With edges (EPOLLET) this
   * memory saves the epoll_ctl that level-triggered code makes for every wait. A set bit means "worth a try", no more. A new
   * descriptor can nearly always be written; whether it can be read epoll says at once.
   */
  ready = EPOLLOUT;
  /**
   * A receive of fewer bytes than asked proves that nothing is left, which saves the one that finds nothing. True of TCP;
   * not after the end or an error was announced (no further edge will come, so read on until it is found), nor with
   * urgent data, nor of unix sockets (both stop at marks inside the stream), nor of descriptors that we do not know.
   */
  shortIsEmpty: boolean;
  /** Everything that epoll has reported since the channel was last run; `Poll` operations must not be told old news. */
  news = 0;
  /** In the list of channels to be run. */
  queued = false;
  /** Operations submitted on this fd whose end has not been delivered. */
  inFlight = 0;
  /** Their kinds, a bit each. Stays set between the end of an operation and its delivery. */
  busy = 0;

  receive: Receive | undefined = undefined;
  accept: Accept | undefined = undefined;
  connect: Connect | undefined = undefined;
  send: Send | undefined = undefined;
  receiveFrom: ReceiveFrom | undefined = undefined;
  sendTo: SendTo | undefined = undefined;
  /** Waiting `Poll` operations; undefined while there never was one. */
  polls: Poll[] | undefined = undefined;

  /** Of the send: SEND_NONE, SEND_QUEUED (not handed over yet) or SEND_BLOCKED (waits for room). */
  sendState = 0;
  /** Of the send: what to send next is `sendLeft` bytes at `sendAddress`, or at `sendFrom` of `sendData` when that is set. */
  sendAddress = 0;
  sendData: Uint8Array | undefined = undefined;
  sendFrom = 0;
  sendLeft = 0;
  sendDone = 0;

  constructor(fd: number, generation: number, owned: boolean, shortIsEmpty: boolean) {
    this.fd = fd;
    this.generation = generation;
    this.owned = owned;
    this.shortIsEmpty = shortIsEmpty;
  }

  /** The operations that wait here. */
  running(): Operation[] {
    const { receive, accept, connect, send, receiveFrom, sendTo, polls } = this;
    const all = [receive, accept, connect, send, receiveFrom, sendTo, ...(polls ?? [])];
    return all.filter((operation) => operation !== undefined);
  }
}
