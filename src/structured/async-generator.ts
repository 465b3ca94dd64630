import { type AsyncCoroutineIterator, asyncIterate } from '../core/async-protocols.ts';
import { type Coroutine, describeValue, type Emission, isCoroutine, type Suspension } from '../core/coroutine.ts';
import { unwatched } from '../core/coroutine-watch.ts';
import { trackAwaited } from '../core/never-awaited.ts';
import { emitStep, GeneratorCore } from './generator-core.ts';
import { closeStep, generatorStep } from './generator-step.ts';

/** What the body of an asynchronous generator gives values with: `const sent = yield* emit(value)`. */
export type Emit<T, S = unknown> = (value: T) => Coroutine<S>;

/** An `emit` for values of any type, which tells TypeScript what they are. */
export type InferringEmit = <V>(value: V) => Generator<Emission<V>, unknown, unknown>;

/** The type of the values that a body emits; unknown where all of it happens in functions that hide it. */
export type EmittedBy<Y> = [Extract<Y, Emission<unknown>>] extends [never]
  ? unknown
  : Extract<Y, Emission<unknown>> extends Emission<infer V>
    ? V
    : never;

/**
 * An asynchronous generator (PEP 525), made by `asyncGenerator`. Its body runs in whatever task awaits its next value.
 *
 * One task at a time: a second one, while the first waits for a value, gets a RuntimeError. Leaving `asyncFor` does not
 * close it (`aclosing` does); one that is left half-way is closed when it is garbage-collected or the loop shuts down.
 */
export class AsyncCoroutineGenerator<T, S = unknown> implements AsyncCoroutineIterator<T> {
  readonly #core: GeneratorCore;

  /** Use `asyncGenerator`. @internal */
  constructor(body: (emit: Emit<T, S>) => Coroutine<unknown>) {
    if (typeof body !== 'function')
      throw new TypeError(`asyncGenerator expects a function*, got ${describeValue(body)}`);
    this.#core = new GeneratorCore(body.name || '(anonymous)', (core) => {
      // Nobody has to iterate it.
      const coroutine: unknown = unwatched(() => body((value) => emitStep(core, value) as Coroutine<S>));
      if (isCoroutine(coroutine)) return coroutine;
      throw new TypeError(`asyncGenerator expects a function*, its function returned ${describeValue(coroutine)}`);
    });
  }

  [asyncIterate](): this {
    return this;
  }

  /** The next value, as an iterator result. Throws what the body throws. */
  next(): Coroutine<IteratorResult<T, undefined>> {
    return this.#awaited(generatorStep(this.#core, this, 'next', undefined), 'next');
  }

  /** Makes the `emit` where the body stands give `value`, then as `next`. Throws TypeError when it was just started. */
  asend(value: S): Coroutine<IteratorResult<T, undefined>> {
    return this.#awaited(generatorStep(this.#core, this, 'asend', value), 'asend');
  }

  /** Throws `error` in at the `emit` where the body stands, then as `next`. One that was not started, or is over, throws it back. */
  athrow(error: unknown): Coroutine<IteratorResult<T, undefined>> {
    return this.#awaited(generatorStep(this.#core, this, 'athrow', error), 'athrow');
  }

  /**
   * Ends it: throws GeneratorExit in at the `emit` where the body stands, so that its `finally` blocks run. No effect on
   * one that was not started, or is over. Throws RuntimeError when the body emits meanwhile.
   */
  aclose(): Coroutine<void> {
    return this.#awaited(closeStep(this.#core, this), 'aclose');
  }

  /** Debug mode tells of a step that is made and never awaited, as of any coroutine. */
  #awaited<R>(step: Coroutine<R>, method: string): Coroutine<R> {
    return trackAwaited(step, () => `${method} of ${this.#core.name}`);
  }

  toString(): string {
    return String(this.#core);
  }
}

/**
 * Makes an asynchronous generator. The types of its values come from the calls of `emit` in the body; where `emit` is
 * handed to other functions, give them: `asyncGenerator<number>(…)`.
 *
 * Throws TypeError unless given a `function*`.
 *
 * @example
 * const ticks = asyncGenerator(function* (emit) {
 *   for (let i = 0; i < 3; i += 1) {
 *     yield* sleep(100);
 *     yield* emit(i);
 *   }
 * });
 * yield* asyncFor(ticks, function* (tick) { console.log(tick); });
 */
export function asyncGenerator<Y extends Suspension>(
  body: (emit: InferringEmit) => Generator<Y, unknown, unknown>,
): AsyncCoroutineGenerator<EmittedBy<Y>>;
export function asyncGenerator<T, S = unknown>(
  body: (emit: Emit<T, S>) => Coroutine<unknown>,
): AsyncCoroutineGenerator<T, S>;
export function asyncGenerator(body: (emit: never) => Coroutine<unknown>): AsyncCoroutineGenerator<unknown, unknown> {
  return new AsyncCoroutineGenerator(body as (emit: Emit<unknown>) => Coroutine<unknown>);
}
