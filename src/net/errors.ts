import { RuntimeError } from '../core/errors.ts';
import type { Address } from '../io/address.ts';
import { OSError } from '../io/os-error.ts';

/** The stream ended before all that was asked for had come. */
export class IncompleteReadError extends Error {
  override readonly name: string = 'IncompleteReadError';
  readonly code = 'ERR_INCOMPLETE_READ';
  /** What did come. */
  readonly partial: Buffer;
  /** How many bytes were asked for; undefined when it was a separator. */
  readonly expected: number | undefined;

  constructor(partial: Buffer, expected: number | undefined) {
    const wanted = expected === undefined ? 'the separator' : `${expected} expected bytes`;
    super(`${partial.length} bytes read, then the stream ended before ${wanted} came`);
    this.partial = partial;
    this.expected = expected;
  }
}

/**
 * The separator was not found within the reader's limit. The data is still in the reader after `readUntil`; `readLine`
 * drops it.
 *
 * Differs from asyncio: `readline` raises ValueError there; here it is this error for both, which is a RangeError.
 */
export class LimitOverrunError extends RangeError {
  override readonly name: string = 'LimitOverrunError';
  readonly code = 'ERR_LIMIT_OVERRUN';
  /** How many bytes at the front hold no separator: read them away, or give the reader a larger `limit`. */
  readonly consumed: number;

  constructor(message: string, consumed: number) {
    super(message);
    this.consumed = consumed;
  }
}

/** Something was to be written to a transport whose writing side is closed. */
export class TransportClosedError extends RuntimeError {
  override readonly name: string = 'TransportClosedError';
  /** `ERR_TRANSPORT_CLOSED`, or `ERR_WRITE_AFTER_EOF`. */
  readonly code: 'ERR_TRANSPORT_CLOSED' | 'ERR_WRITE_AFTER_EOF';

  constructor(code: TransportClosedError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** The system cannot send this file through this socket by itself, and the fallback was not wanted. */
export class SendfileNotAvailableError extends RuntimeError {
  override readonly name: string = 'SendfileNotAvailableError';
  readonly code = 'ERR_SENDFILE_NOT_AVAILABLE';

  constructor(message = 'the system cannot send this file through this socket by itself') {
    super(message);
  }
}

/** A name could not be turned into addresses; `code` is Node's own, as `'ENOTFOUND'`. */
export class NameError extends OSError {
  override readonly code: string;
  readonly hostname: string;

  constructor(
    code: string,
    errno: number,
    hostname: string,
    options?: { readonly cause?: unknown; readonly syscall?: 'getaddrinfo' | 'getnameinfo' },
  ) {
    const syscall = options?.syscall ?? 'getaddrinfo';
    super(errno, syscall);
    this.code = code;
    this.hostname = hostname;
    this.message = `${syscall} ${code} ${hostname}`;
    if (options?.cause !== undefined) this.cause = options.cause;
  }
}

/** No address of several would do. `code` and `errno` are those of the first that was tried. */
export class AddressesError extends OSError {
  /** One for each address, in the order in which they were tried. */
  readonly errors: readonly OSError[];

  constructor(syscall: string, errors: readonly OSError[], first: Address) {
    super(errors[0]!.errno, syscall, first);
    this.errors = errors;
    this.message = `${syscall} failed at every address: ${errors.map((error) => error.message).join('; ')}`;
  }
}
