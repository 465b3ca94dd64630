/** Which errors of a group: those of a class, or those for which a function is true. */
export type ErrorFilter = (abstract new (...args: never[]) => unknown) | ((error: unknown) => boolean);

function predicateOf(filter: ErrorFilter): (error: unknown) => boolean {
  if (typeof filter !== 'function') throw new TypeError('expected an error class or a function of an error');
  const prototype: unknown = (filter as { prototype?: unknown }).prototype;
  // A class's prototype cannot be written to; a plain function's can, and an arrow function has none.
  const isClass = prototype !== undefined && Object.getOwnPropertyDescriptor(filter, 'prototype')?.writable === false;
  if (isClass) return (error) => error instanceof (filter as abstract new () => unknown);
  const isBuiltin = prototype instanceof Error || (filter as unknown) === Error;
  return isBuiltin
    ? (error) => error instanceof (filter as abstract new () => unknown)
    : (filter as (error: unknown) => boolean);
}

/**
 * Several errors that happened side by side, as one. May contain groups again.
 *
 * @example
 * try { … } catch (error) {
 *   if (error instanceof ExceptionGroup) {
 *     const [timeouts, rest] = error.split(TimeoutError);
 *     if (rest) throw rest;
 *   }
 * }
 */
export class ExceptionGroup extends AggregateError {
  override readonly name: string = 'ExceptionGroup';

  /** Throws RangeError for an empty list. */
  constructor(message: string, errors: Iterable<unknown>, options?: ErrorOptions) {
    const list = [...errors];
    if (list.length === 0) throw new RangeError('an ExceptionGroup needs at least one error');
    super(list, `${message} (${list.length} sub-exception${list.length === 1 ? '' : 's'})`, options);
    this.#message = message;
  }

  readonly #message: string;

  /** Python's name for `errors`. */
  get exceptions(): unknown[] {
    return this.errors;
  }

  /** A group of the same shape with only the errors that match; undefined when none does. */
  subgroup(filter: ErrorFilter): ExceptionGroup | undefined {
    return this.split(filter)[0];
  }

  /** The errors that match, and the rest; each as a group of the same shape, or undefined when empty. */
  split(filter: ErrorFilter): [ExceptionGroup | undefined, ExceptionGroup | undefined] {
    const matches = predicateOf(filter);
    if (matches(this)) return [this, undefined];
    const yes: unknown[] = [];
    const no: unknown[] = [];
    for (const error of this.errors) {
      if (error instanceof ExceptionGroup) {
        const [inside, outside] = error.split(filter);
        if (inside !== undefined) yes.push(inside);
        if (outside !== undefined) no.push(outside);
      } else {
        (matches(error) ? yes : no).push(error);
      }
    }
    return [this.derive(yes), this.derive(no)];
  }

  /** A group with the same message and cause; undefined for no errors. */
  derive(errors: readonly unknown[]): ExceptionGroup | undefined {
    if (errors.length === 0) return undefined;
    const group = new ExceptionGroup(
      this.#message,
      errors,
      this.cause === undefined ? undefined : { cause: this.cause },
    );
    if (this.stack !== undefined) group.stack = this.stack;
    return group;
  }
}
