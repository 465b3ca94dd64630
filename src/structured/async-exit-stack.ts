import type { AsyncContextManager } from '../core/async-protocols.ts';
import { type Coroutine, describeValue, isCoroutine } from '../core/coroutine.ts';
import { keepCause, thrownBy } from '../core/errors.ts';

/** Called with what was thrown, or undefined; a result of true swallows it. A `function*` or a plain function. */
export type ExitCallback = (error: unknown) => Coroutine<boolean | undefined | void> | boolean | undefined | void;

/** A marker: the same error may be given and thrown again. */
interface Thrown {
  readonly error: unknown;
}

/**
 * Leaves, in the opposite order, everything that was entered or pushed: for a number of resources that is known only at
 * run time (contextlib's AsyncExitStack).
 *
 * @example
 * yield* asyncWith(new AsyncExitStack(), function* (stack) {
 *   for (const lock of locks) yield* stack.enterContext(lock);
 *   stack.callback(() => console.log('all released'));
 * });
 */
export class AsyncExitStack implements AsyncContextManager<AsyncExitStack> {
  #exits: ExitCallback[] = [];

  /** Enters a manager, and leaves it with the stack. Gives what its `enter` gives. Throws TypeError for anything else. */
  *enterContext<T>(manager: AsyncContextManager<T>): Coroutine<T> {
    mustBeManager(manager, 'enterContext');
    const value = yield* manager.enter();
    this.#exits.push((error) => manager.exit(error));
    return value;
  }

  /** Disposes of a disposable (a hold of a lock, …) with the stack, and gives it back. */
  use<T extends Disposable>(disposable: T): T {
    if (typeof (disposable as Partial<T> | undefined)?.[Symbol.dispose] !== 'function') {
      throw new TypeError(`use expects a Disposable, got ${describeValue(disposable)}`);
    }
    this.#exits.push(() => disposable[Symbol.dispose]());
    return disposable;
  }

  /** Leaves a manager that was entered already, or calls `exit` with what was thrown. Gives it back. */
  push<E extends ExitCallback | AsyncContextManager<unknown>>(exit: E): E {
    if (typeof exit === 'function') {
      this.#exits.push(exit);
    } else {
      mustBeManager(exit, 'push');
      this.#exits.push((error) => (exit as AsyncContextManager<unknown>).exit(error));
    }
    return exit;
  }

  /** Calls `fn` with the stack; it is told nothing and swallows nothing. Gives it back. */
  callback<F extends () => unknown>(fn: F): F {
    mustBeFunction(fn, 'callback');
    this.#exits.push(() => {
      fn();
    });
    return fn;
  }

  /** As `callback`, with a coroutine function. */
  pushAsyncCallback<F extends () => Coroutine<unknown>>(fn: F): F {
    mustBeFunction(fn, 'pushAsyncCallback');
    this.#exits.push(function* () {
      yield* fn();
    });
    return fn;
  }

  /** Moves everything to a new stack: leaving this one does nothing any more. */
  popAll(): AsyncExitStack {
    const stack = new AsyncExitStack();
    stack.#exits = this.#exits;
    this.#exits = [];
    return stack;
  }

  /** Leaves everything now. */
  *aclose(): Coroutine<void> {
    yield* this.#leave(undefined);
  }

  *enter(): Coroutine<this> {
    return this;
  }

  *exit(error: unknown): Coroutine<boolean> {
    return yield* this.#leave(error === undefined ? undefined : { error });
  }

  /** Tells each exit what was thrown last; true when the error given was swallowed. */
  *#leave(given: Thrown | undefined): Coroutine<boolean> {
    let thrown = given;
    for (let exit = this.#exits.pop(); exit !== undefined; exit = this.#exits.pop()) {
      try {
        const result = exit(thrown?.error);
        const swallow = isCoroutine(result) ? yield* result : result;
        if (swallow === true) thrown = undefined;
      } catch (value) {
        const error = thrownBy(value);
        if (thrown !== undefined) keepCause(error, thrown.error);
        thrown = { error };
      }
    }
    if (thrown !== undefined && thrown !== given) throw thrown.error;
    return given !== undefined && thrown === undefined;
  }
}

function mustBeFunction(value: unknown, method: string): void {
  if (typeof value !== 'function') throw new TypeError(`${method} expects a function, got ${describeValue(value)}`);
}

function mustBeManager(value: unknown, method: string): void {
  const manager = value as Partial<AsyncContextManager<unknown>> | undefined | null;
  if (typeof manager?.enter === 'function' && typeof manager.exit === 'function') return;
  throw new TypeError(`${method} expects an object with enter and exit, got ${describeValue(value)}`);
}
