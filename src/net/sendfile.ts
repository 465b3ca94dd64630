import { type Coroutine, describeValue } from '../core/coroutine.ts';
import { RuntimeError } from '../core/errors.ts';
import { sleep } from '../core/sleep.ts';
import type { DescriptorCalls } from '../io/descriptor-calls.ts';
import { EAGAIN, EINTR, EINVAL, ENOSYS, ENOTSUP } from '../io/errno.ts';
import { WRITABLE } from '../io/operation.ts';
import { osError } from '../io/os-error.ts';
import { checkInteger } from './check.ts';
import { SendfileNotAvailableError } from './errors.ts';
import type { Network } from './network.ts';
import { ReadyWait } from './ready.ts';
import { SendfileProtocol } from './sendfile-protocol.ts';
import { sockSendall } from './sock-calls.ts';
import { Socket } from './socket.ts';
import { StreamTransport } from './stream-transport.ts';
import { TlsTransport } from './tls-transport.ts';

/** A descriptor of a file on disk, or what has one, as Node's FileHandle. */
export type FileLike = number | { readonly fd: number };

export interface SendfileOptions {
  /** In bytes: where in the file to begin. Default 0. */
  readonly offset?: number | undefined;
  /** In bytes: how much to send at most. Default: up to the end of the file. */
  readonly count?: number | undefined;
  /** False: throw SendfileNotAvailableError where the system cannot do it, instead of reading and writing. Default true. */
  readonly fallback?: boolean | undefined;
}

/** In bytes, one call: then the others have their turn. */
const CHUNK = 1024 * 1024;
/** In bytes, one read of the fallback. */
const READ_LENGTH = 64 * 1024;
/** The system cannot do it with these two descriptors. */
const UNAVAILABLE = new Set([-EINVAL, -ENOSYS, -ENOTSUP]);

/** A piece of a file that is being sent. */
class Piece {
  readonly file: number;
  readonly offset: number;
  readonly count: number;
  readonly fallback: boolean;
  sent = 0;

  constructor(file: FileLike, { offset = 0, count, fallback = true }: SendfileOptions, what: string) {
    const fd: unknown = typeof file === 'object' && file !== null ? file.fd : file;
    checkInteger(fd, `${what}: the file's descriptor`, 0);
    checkInteger(offset, `${what}: offset`, 0);
    if (count !== undefined) checkInteger(count, `${what}: count`, 1);
    this.file = fd;
    this.offset = offset;
    this.count = count ?? Number.POSITIVE_INFINITY;
    this.fallback = fallback;
  }

  next(limit: number): number {
    return Math.min(this.count - this.sent, limit);
  }
}

/** Sends (a part of) a file and gives the number of bytes: asyncio's `loop.sock_sendfile`. */
export function* sockSendfile(socket: Socket, file: FileLike, options: SendfileOptions = {}): Coroutine<number> {
  if (!(socket instanceof Socket)) throw new TypeError(`sockSendfile expects a Socket, got ${describeValue(socket)}`);
  if (socket.type !== 'stream') throw new RangeError(`sockSendfile expects a stream socket, got ${socket}`);
  const piece = new Piece(file, options, 'sockSendfile');
  const calls = socket._calls;
  try {
    const wait = (): Coroutine<void> => socket._ready(WRITABLE, 'sendfile');
    const done = yield* sendInKernel(calls, () => socket._open('sendfile'), piece, wait);
    if (!done) yield* copy(socket._network, piece, (data) => sockSendall(socket, data));
  } finally {
    if (piece.sent > 0) calls.seek(piece.file, piece.offset + piece.sent);
  }
  return piece.sent;
}

/**
 * Sends (a part of) a file through a transport, behind what is buffered, and gives the number of bytes: asyncio's
 * `loop.sendfile`. Meanwhile nothing is read, and `write`, `writeEof` and another sendfile throw RuntimeError.
 */
export function* sendfile(
  network: Network,
  transport: unknown,
  file: FileLike,
  options: SendfileOptions = {},
): Coroutine<number> {
  if (!(transport instanceof StreamTransport) && !(transport instanceof TlsTransport)) {
    throw new TypeError(`sendfile expects the transport of a connection, got ${describeValue(transport)}`);
  }
  const piece = new Piece(file, options, 'sendfile');
  if (transport.isClosing()) throw new RuntimeError('sendfile: the transport is closing');
  const protocol = new SendfileProtocol(network.scheduler, transport);
  const { descriptors } = network.driver;
  // The system cannot encrypt: with TLS the file is read and written.
  const calls = transport instanceof StreamTransport ? descriptors : undefined;
  try {
    yield* protocol.drained();
    const done =
      calls !== undefined && (yield* sendThrough(network, calls, transport as StreamTransport, piece, protocol));
    if (!done) {
      if (calls === undefined && !piece.fallback) throw new SendfileNotAvailableError();
      yield* copy(network, piece, (data) => protocol.write(data));
      yield* protocol.drained();
    }
  } finally {
    protocol.restore();
    if (piece.sent > 0) descriptors?.seek(piece.file, piece.offset + piece.sent);
  }
  return piece.sent;
}

/** On a descriptor of its own, so that the transport may close when the connection breaks meanwhile. */
function* sendThrough(
  network: Network,
  calls: DescriptorCalls,
  transport: StreamTransport,
  piece: Piece,
  protocol: SendfileProtocol,
): Coroutine<boolean> {
  const fd = calls.duplicate(transport.getExtraInfo<{ fileno(): number }>('socket')!.fileno());
  if (fd < 0) throw osError(fd, 'dup');
  const open = (): number => {
    protocol.check();
    return fd;
  };
  const wait = function* (): Coroutine<void> {
    const ready = new ReadyWait(network, fd, WRITABLE);
    protocol.onLost = (error) => ready.fail(error);
    try {
      yield* ready.wait();
    } finally {
      protocol.onLost = undefined;
    }
  };
  try {
    return yield* sendInKernel(calls, open, piece, wait);
  } finally {
    calls.close(fd);
  }
}

/** False when the system cannot, and nothing was sent. */
function* sendInKernel(
  calls: DescriptorCalls,
  open: () => number,
  piece: Piece,
  wait: () => Coroutine<void>,
): Coroutine<boolean> {
  while (piece.sent < piece.count) {
    const result = calls.sendFile(open(), piece.file, piece.offset + piece.sent, piece.next(CHUNK));
    if (result === 0) break;
    if (result > 0) {
      piece.sent += result;
      yield* sleep(0);
    } else if (result === -EAGAIN) {
      yield* wait();
    } else if (result !== -EINTR) {
      if (piece.sent > 0 || !UNAVAILABLE.has(result)) throw osError(result, 'sendfile');
      if (!piece.fallback) throw new SendfileNotAvailableError();
      return false;
    }
  }
  return true;
}

function* copy(network: Network, piece: Piece, write: (data: Buffer) => Coroutine<void>): Coroutine<void> {
  while (piece.sent < piece.count) {
    // New memory each time: a transport keeps what it cannot send at once.
    const data = Buffer.allocUnsafe(piece.next(READ_LENGTH));
    const count = yield* network.fileReader.read(piece.file, data, piece.offset + piece.sent);
    if (count === 0) return;
    yield* write(data.subarray(0, count));
    piece.sent += count;
  }
}
