import { nameErrors } from './errors.ts';

/** Thrown in at the `emit` of an asynchronous generator that is closed. */
export class GeneratorExit extends Error {
  static {
    nameErrors(this, 'GeneratorExit');
  }
}
