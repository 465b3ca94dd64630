import {
  CancelledError,
  type Coroutine,
  ExceptionGroup,
  IncompleteReadError,
  OSError,
  TimeoutError,
  TransportClosedError,
} from 'tsyncio';

/** An orderly end where there was more to come: right only when somebody broke the connection off. */
export class EndedEarlyError extends Error {}

/** What a connection may end with when somebody breaks it off, or when its server is away. */
const CODES = new Set([
  'ECONNRESET',
  'EPIPE',
  'ECONNREFUSED',
  'ECONNABORTED',
  'ENOTCONN',
  'ENOENT',
  // Only where they are made up.
  'ETIMEDOUT',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'EMFILE',
  'ENOBUFS',
]);

/** Whether an error is one that breaking off brings about; anything else is a find. */
export function isBreakage(error: unknown): boolean {
  if (error instanceof ExceptionGroup) return error.errors.every(isBreakage);
  if (error instanceof OSError) return CODES.has(error.code);
  return (
    error instanceof CancelledError ||
    error instanceof TimeoutError ||
    error instanceof EndedEarlyError ||
    error instanceof IncompleteReadError ||
    error instanceof TransportClosedError
  );
}

/** Runs to the end, whatever breaks; throws all else. */
export function* unlessBroken(coroutine: Coroutine<unknown>): Coroutine<void> {
  try {
    yield* coroutine;
  } catch (error) {
    if (!isBreakage(error)) throw error;
  }
}
