/** What Python calls RuntimeError: a call that makes no sense in the present state. */
export class RuntimeError extends Error {
  override readonly name: string = 'RuntimeError';
}

/**
 * Thrown in at the `yield*` where a task is suspended when the task is cancelled.
 *
 * Differs from asyncio: `catch (error)` catches it where Python's `except Exception` would not; a handler that must
 * not swallow it has to check and throw it again.
 */
export class CancelledError extends Error {
  override readonly name: string = 'CancelledError';
  /** Name of the task that asked for the cancel, when it was asked from inside one (debug mode). */
  cancelledBy: string | undefined = undefined;
  /** The stack of the call of `cancel` (debug mode). */
  cancelledAt: string | undefined = undefined;

  constructor(message = '', options?: ErrorOptions) {
    super(message, options);
  }
}

/** A deadline passed: thrown by `timeout`, `timeoutAt`, `waitFor` and `asCompleted`. */
export class TimeoutError extends Error {
  override readonly name: string = 'TimeoutError';
  readonly code = 'ETIMEDOUT';
}

/** A future or task is not in the state that the call needs (result not ready, already done). */
export class InvalidStateError extends Error {
  override readonly name: string = 'InvalidStateError';
}

/**
 * The program can never go on: nothing is ready, nothing is waited for from outside, and the main task is not done.
 * The message names each blocked task, the coroutines that it is in, and what it waits for.
 */
export class DeadlockError extends RuntimeError {
  override readonly name: string = 'DeadlockError';
}

/** Thrown in at the `emit` of an asynchronous generator that is closed. */
export class GeneratorExit extends Error {
  override readonly name: string = 'GeneratorExit';
}

/** Short text of any thrown value, for messages. */
export function describeError(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
