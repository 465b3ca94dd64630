import type { Address } from './address.ts';
import type { DescriptorCalls } from './descriptor-calls.ts';
import type { Operation, Send } from './operation.ts';

export type DriverName = 'io_uring' | 'epoll' | 'node';

export type ShutdownHow = 'read' | 'write' | 'both';

/** Socket options that a stream transport sets; each driver maps them to its own calls. */
export type SocketOption = 'noDelay' | 'keepAlive' | 'sendBufferSize' | 'receiveBufferSize';

/** What a driver has done since it was made; for introspection and for the tests of leaks. */
export interface DriverStats {
  /** Operations that are submitted and not ended. */
  readonly inFlight: number;
  /** Descriptors that this driver opened (listen, accept, connect) and that are not closed. */
  readonly openSockets: number;
  /** Times that `poll` or `wait` looked for completions. */
  readonly polls: number;
  /** Completions delivered (data pieces and accepted connections count one each). */
  readonly completions: number;
  /** Crossings into the kernel made to submit, send, receive, or wait. */
  readonly syscalls: number;
  /** Mapped memory in bytes. */
  readonly mappedBytes: number;
}

/**
 * The one contract above which nobody asks whether io_uring, epoll or node:net is below.
 *
 * Order inside a turn of the loop: callbacks run and `submit`; then `flush` hands everything over; then `poll` delivers
 * what has completed. When nothing is ready, the host calls `prepareSleep` and gives the thread back to Node until the
 * driver is ready (its `readyFd` is readable, or it calls the wake function) or the deadline passes.
 *
 * An error thrown by an operation's callback leaves `poll` or `wait` at once, and nothing is lost by it: the completion
 * counts as delivered, and those behind it are delivered by the next `poll`. `dispose` delivers them all and only then
 * throws the first error.
 *
 * Two operations of one kind on one fd at the same time would race for the same bytes: `submit` throws RuntimeError for
 * the second (`Poll` excepted). Callbacks may submit, cancel and close, also on the fd whose completion they are.
 */
export interface Driver {
  readonly name: DriverName;
  /** Becomes readable when completions wait after `prepareSleep`; undefined when the driver calls `onWake` instead. */
  readonly readyFd: number | undefined;

  /** Starts an operation. Throws RuntimeError when it is not idle or the driver is closed. Never calls back from inside. */
  submit(operation: Operation): void;
  /**
   * Adds `data` to a submitted send that has not been handed over yet: true if it was taken (copied), false if the
   * caller must queue it and send it later. Makes several small writes of one turn one system call.
   */
  append(send: Send, data: Uint8Array): boolean;
  /** Asks for the end of a submitted operation; no effect when it is idle or already asked. */
  cancel(operation: Operation): void;

  /** Hands everything submitted to the kernel. */
  flush(): void;
  /** Flushes, then delivers the completions that are there now, without waiting. Returns how many. */
  poll(): number;
  /** As `poll`, but waits up to `timeoutMs` (fractions count) for the first completion. Only for short waits. */
  wait(timeoutMs: number): number;
  /**
   * Before the thread is given back to Node: arms the wake-up, at the latest in `timeoutMs` (undefined: no deadline)
   * where `timed` is true. Returns false when something arrived meanwhile, so that the host must not sleep.
   */
  prepareSleep(timeoutMs: number | undefined): boolean;
  /** True when `prepareSleep` keeps deadlines itself (io_uring timeout, timerfd); else the host uses a timer of Node's. */
  readonly timed: boolean;
  /** Called by a driver without a `readyFd` whenever a completion arrives. Set once by the host. */
  onWake: (() => void) | undefined;

  /** Synchronous, cold calls; each throws OSError. */
  localAddress(fd: number): Address;
  peerAddress(fd: number): Address;
  setOption(fd: number, option: SocketOption, value: number): void;
  shutdown(fd: number, how: ShutdownHow): void;
  /** Closes a socket that this driver made. Throws RuntimeError while an operation on it is in flight. */
  close(fd: number): void;
  /** With a reset instead of an orderly end (SO_LINGER 0), then as `close`. */
  reset(fd: number): void;

  /** Undefined where there are no descriptors of the system (and no `Poll`). */
  readonly descriptors?: DescriptorCalls | undefined;
  /** A socket of the system that somebody else made is this driver's from now on. Where there are `descriptors`. */
  adopt?(fd: number): void;
  /**
   * Where there are no `descriptors`: takes over a connected stream socket or a pipe of the system, and gives the number
   * by which this driver knows it. Throws OSError.
   */
  adoptStream?(fd: number): number;

  /** True where the driver carries out `FileCall`s. */
  readonly files?: boolean | undefined;

  readonly stats: DriverStats;
  /**
   * Ends the driver: cancels what is in flight, delivers every final completion, closes all sockets it still has,
   * then releases its memory. May be called twice.
   */
  dispose(): void;
}
