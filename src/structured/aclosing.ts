import { type Coroutine, describeValue } from '../core/coroutine.ts';

/** What can be closed by awaiting: asynchronous generators, exit stacks. */
export interface AsyncClosable {
  aclose(): Coroutine<unknown>;
}

/** What `aclosing` gives: the body gets the thing itself. */
export interface Aclosing<T> {
  enter(): Coroutine<T>;
  exit(error: unknown): Coroutine<undefined>;
}

class AclosingManager<T extends AsyncClosable> implements Aclosing<T> {
  readonly #thing: T;

  constructor(thing: T) {
    this.#thing = thing;
  }

  *enter(): Coroutine<T> {
    return this.#thing;
  }

  *exit(): Coroutine<undefined> {
    yield* this.#thing.aclose();
  }
}

/**
 * For `asyncWith`: closes `thing` by its `aclose` when the body is left. Throws TypeError for what has none.
 *
 * @example
 * yield* asyncWith(aclosing(ticks), function* (ticks) {
 *   yield* asyncFor(ticks, function* (tick) { if (tick > 3) return BREAK; });
 * });
 */
export function aclosing<T extends AsyncClosable>(thing: T): Aclosing<T> {
  if (typeof (thing as Partial<T> | undefined)?.aclose !== 'function') {
    throw new TypeError(`aclosing expects something with aclose(), got ${describeValue(thing)}`);
  }
  return new AclosingManager(thing);
}
