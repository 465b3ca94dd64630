import { nameErrors } from './errors.ts';

/** A context variable without a value was asked for. */
export class LookupError extends Error {
  static {
    nameErrors(this, 'LookupError');
  }
}
