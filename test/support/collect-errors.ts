import type { Awaitable, Coroutine, EventLoop, ExceptionContext } from 'tsyncio';
import { type RunVirtualOptions, runVirtual } from 'tsyncio/testing';

/** Runs in virtual time and gives the result with everything that went to the exception handler. */
export function runReporting<T>(
  main: () => Coroutine<T>,
  options: RunVirtualOptions = {},
): { result: T; reports: ExceptionContext[] } {
  const reports: ExceptionContext[] = [];
  const exceptionHandler = (_loop: EventLoop, context: ExceptionContext): void => void reports.push(context);
  return { result: runVirtual(main, { ...options, exceptionHandler }), reports };
}

/** What an awaitable ends with: its value, or the name and message of what it throws. */
export function* outcome(awaitable: Awaitable<unknown>): Coroutine<unknown> {
  try {
    return yield* awaitable;
  } catch (error) {
    return describe(error);
  }
}

export function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message === '' ? error.name : `${error.name}: ${error.message}`;
}

/** The error that `fn` throws. */
export function thrownBy(fn: () => unknown): Error {
  try {
    fn();
  } catch (error) {
    if (error instanceof Error) return error;
    throw new Error(`not an Error: ${String(error)}`);
  }
  throw new Error('nothing was thrown');
}

/** A coroutine that waits for an awaitable. */
export function* awaiting<T>(awaitable: Awaitable<T>): Coroutine<T> {
  return yield* awaitable;
}
