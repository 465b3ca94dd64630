/**
 * Operations: plain records that a driver carries out.
 *
 * Life of an operation: idle → submitted → (cancel asked) → idle again after its *final* completion. While it is
 * submitted it belongs to the driver, with every buffer it names; its owner may only ask for a cancel. The final
 * completion comes exactly once per submit, also after a cancel (then with `-ECANCELED`, or with the real result when
 * that won the race) and also when the driver is closed. Results are integers: >= 0 success, < 0 is `-errno`.
 * A driver never calls back from inside `submit` or `cancel`: completions are delivered by `Driver.poll` alone.
 */
import type { Address } from './address.ts';
import type { Memory } from './memory.ts';

export const IDLE = 0;
export const SUBMITTED = 1;
export const CANCELLING = 2;
export type OperationState = typeof IDLE | typeof SUBMITTED | typeof CANCELLING;

export const RECEIVE = 0;
export const SEND = 1;
export const ACCEPT = 2;
export const CONNECT = 3;
export const LISTEN = 4;
export const POLL = 5;
export const OPEN_DATAGRAM = 6;
export const RECEIVE_FROM = 7;
export const SEND_TO = 8;
export const FILE = 9;

/** What the drivers keep in every operation; `slot` and `next` are theirs alone. */
export abstract class Operation {
  abstract readonly kind: number;
  state: OperationState = IDLE;
  /** The socket; -1 until known for `Connect` and `Listen`. */
  fd = -1;
  /** Private to the driver: its index in the driver's table of running operations. */
  slot = -1;
  /** Private to the driver: flags of its own. */
  mark = 0;

  /** The final completion. `state` is IDLE again when it is called, so the operation may be submitted anew at once. */
  abstract onEnd(result: number): void;
}

/**
 * Receive until told to stop: each piece of data is given to `onData`, in order. Ends with 0 at end of stream,
 * `-ECANCELED` after a cancel, `-errno` on error. After a cancel was asked data may still come before the end: it is
 * never dropped. Drivers re-arm by themselves when the kernel ends a multishot early or its buffers ran out.
 */
export abstract class Receive extends Operation {
  readonly kind = RECEIVE;
  /**
   * The piece is `memory[start..end)`, never empty. The driver uses that memory again as soon as this returns: copy what
   * is to be kept. Memory and bounds instead of a view, because a view for each piece is an allocation for each message.
   */
  abstract onData(memory: Memory, start: number, end: number): void;
  /** False when a piece is of no use after its call: then there is no point in giving memory away. */
  get takesMemory(): boolean {
    return true;
  }
  /** The same, of memory that is the owner's from now on: what a driver may do with long pieces, to save the copy. */
  onOwnData(piece: Buffer): void {
    this.onData(piece, 0, piece.length);
  }
}

/**
 * One `Send` may be in flight on a socket at a time (two could overtake each other when the first must wait), and one
 * `Receive`. `data` must not be empty.
 *
 * Send `data` whole, in order. Ends with the number of bytes sent (all of them unless cancelled or failed) or `-errno`.
 * Up to `COPY_LIMIT` bytes are copied when submitted; longer data is kept referenced, and must not be changed, until the end.
 */
export abstract class Send extends Operation {
  readonly kind = SEND;
  data: Uint8Array | undefined = undefined;
}

/** In bytes: sends up to this length are copied at submit, so that the caller may use its buffer again. */
export const COPY_LIMIT = 16_384;

/** Accept until told to stop; each new connection (already non-blocking and close-on-exec) is given to `onConnection`. */
export abstract class Accept extends Operation {
  readonly kind = ACCEPT;
  abstract onConnection(fd: number): void;
}

/** What a SendTo that sends nothing names. */
const NO_DATA = new Uint8Array(0);

/** Make a stream socket and connect it. Ends with the new fd, or `-errno` with nothing left open. */
export abstract class Connect extends Operation {
  readonly kind = CONNECT;
  address: Address | undefined = undefined;
  localAddress: Address | undefined = undefined;
}

export interface ListenOptions {
  readonly backlog: number;
  readonly reuseAddress: boolean;
  readonly reusePort: boolean;
  /** IPv6 only: refuse IPv4-mapped peers. */
  readonly v6Only: boolean;
}

/** Make a stream socket, bind it and listen. Ends with the new fd, or `-errno` with nothing left open. */
export abstract class Listen extends Operation {
  readonly kind = LISTEN;
  address: Address | undefined = undefined;
  /** On drivers without `descriptors`: a bound socket of the system, in place of the address. -1: none. */
  descriptor = -1;
  options: ListenOptions | undefined = undefined;
}

export const READABLE = 1;
export const WRITABLE = 4;

/** Wait once until `fd` is readable (1) or writable (4), as `events` says. Ends with the events that hold, or `-errno`. */
export abstract class Poll extends Operation {
  readonly kind = POLL;
  events = 0;
}

export interface DatagramOptions {
  readonly reusePort: boolean;
  readonly broadcast: boolean;
}

/**
 * Make a datagram socket, bind it to `address` and connect it to `peer`, each as far as it is given. Ends with the new
 * fd, or `-errno` with nothing left open.
 */
export abstract class OpenDatagram extends Operation {
  readonly kind = OPEN_DATAGRAM;
  family: Address['family'] = 4;
  address: Address | undefined = undefined;
  peer: Address | undefined = undefined;
  options: DatagramOptions | undefined = undefined;
}

/** Receive datagrams until told to stop. Ends with `-ECANCELED` after a cancel, `-errno` when the socket is of no use. */
export abstract class ReceiveFrom extends Operation {
  readonly kind = RECEIVE_FROM;
  /**
   * One datagram, `memory[start..end)`, which may be empty. The driver uses that memory again as soon as this returns.
   * `from` is undefined when the sender has no address (a unix socket without a name).
   */
  abstract onDatagram(memory: Buffer, start: number, end: number, from: Address | undefined): void;
  /** What the system has to say about an earlier send (`-ECONNREFUSED` on a connected socket). Receiving goes on. */
  abstract onError(result: number): void;
}

/**
 * Send datagrams, as long as there are any: the driver asks for the next one when it can send it, so that many need no
 * more than one operation. Ends with 0 when there are no more, or `-ECANCELED`. The driver calls both methods from `poll`
 * alone; `next` must not call the driver.
 */
export abstract class SendTo extends Operation {
  readonly kind = SEND_TO;
  data: Uint8Array = NO_DATA;
  /** Undefined: to the peer that the socket is connected to. */
  address: Address | undefined = undefined;
  /** Private to the driver: `data` is a datagram that found no room yet. */
  held = false;
  /** Puts the next datagram into `data` and `address`; false when there is none. They stay as they are until `onSent`. */
  abstract next(): boolean;
  /** The datagram is on its way (its length), or was refused (`-errno`): the next ones may fare better. */
  abstract onSent(result: number): void;
}

/** What a FileCall asks for. */
export const FILE_OPEN = 0;
export const FILE_READ = 1;
export const FILE_WRITE = 2;
export const FILE_SYNC = 3;
export const FILE_TRUNCATE = 4;
export const FILE_STAT = 5;
export const FILE_CLOSE = 6;

/** In bytes: what one read gives at most. Its memory is the driver's own, so that this is also a bound for that. */
export const LARGEST_READ = 1024 * 1024;

/**
 * One call on a file, where `Driver.files` is true. Any number may be in flight on one descriptor. Ends with what the
 * system call of that name gives: a new fd, a number of bytes (which may be fewer than asked for), 0, or `-errno`.
 * The driver closes files that it opened and that are open when it ends. A close is not cancelled.
 */
export abstract class FileCall extends Operation {
  readonly kind = FILE;
  call = FILE_OPEN;
  /** Open: the path, the system's flags, and the permissions of a new file. */
  path = '';
  flags = 0;
  mode = 0;
  /** Open: for the other end of a named pipe too. Else it may be tried as if for a descriptor that never waits. */
  patient = false;
  /** Read, write: where; -1: where the descriptor is, which moves on. Truncate: the new size. */
  position = -1;
  /** Read: how many bytes, at most LARGEST_READ. */
  length = 0;
  /** Write: up to COPY_LIMIT bytes are copied at submit; longer data must not be changed until the end. */
  data: Uint8Array = NO_DATA;
  /** Read, stat (a `struct statx`): what came, before `onEnd`. The driver uses that memory again when this returns. */
  abstract onData(memory: Buffer, start: number, end: number): void;
}
