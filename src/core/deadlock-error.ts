import { nameErrors, RuntimeError } from './errors.ts';

/**
 * The program can never go on: nothing is ready, nothing is waited for from outside, and the main task is not done.
 * The message names each blocked task, the coroutines that it is in, and what it waits for.
 */
export class DeadlockError extends RuntimeError {
  static {
    nameErrors(this, 'DeadlockError');
  }
}
