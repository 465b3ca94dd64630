import { nameErrors } from '../core/errors.ts';

/** The thread that a function ran in ended before the function did: `process.exit`, an uncaught error, out of memory. */
export class WorkerError extends Error {
  static {
    nameErrors(this, 'WorkerError');
  }
  readonly code = 'ERR_WORKER_DIED';
}
