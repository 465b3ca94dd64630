import { type Coroutine, NativeCoroutine } from './coroutine.ts';
import { RuntimeError } from './errors.ts';
import type { Scheduler } from './scheduler.ts';
import { forgetUnretrieved, type UnretrievedRecord, watchUnretrieved } from './unretrieved.ts';

/** A coroutine that tells, in debug mode, when it was made and never begun. It cannot be awaited a second time. */
class Tracked extends NativeCoroutine {
  readonly #inner: Coroutine<unknown>;
  readonly #record: UnretrievedRecord;
  #over = false;

  constructor(inner: Coroutine<unknown>, record: UnretrievedRecord) {
    super();
    this.#inner = inner;
    this.#record = record;
  }

  override next(value?: unknown): IteratorResult<unknown, unknown> {
    return this.#step(() => this.#inner.next(value));
  }

  override throw(error: unknown): IteratorResult<unknown, unknown> {
    return this.#step(() => this.#inner.throw(error));
  }

  override return(value?: unknown): IteratorResult<unknown, unknown> {
    return this.#step(() => this.#inner.return(value));
  }

  override [Symbol.iterator](): this {
    if (this.#over) throw new RuntimeError('cannot reuse already awaited coroutine');
    return this;
  }

  #step(take: () => IteratorResult<unknown, unknown>): IteratorResult<unknown, unknown> {
    forgetUnretrieved(this.#record);
    // Unless it suspends it is over, also when it throws.
    this.#over = true;
    const step = take();
    this.#over = step.done === true;
    return step;
  }
}

/** Wraps `inner`, so that it is reported if nobody begins it. @internal */
export function trackCoroutine<T>(scheduler: Scheduler, inner: Coroutine<T>, name: string): Coroutine<T> {
  const sourceTraceback = new Error().stack;
  const context = { message: `coroutine '${name}' was never awaited` };
  const record: UnretrievedRecord = {
    context: sourceTraceback === undefined ? context : { ...context, sourceTraceback },
    report: scheduler.report,
    pool: scheduler.unretrieved,
  };
  const tracked = new Tracked(inner as Coroutine<unknown>, record);
  watchUnretrieved(tracked, record);
  return tracked as unknown as Coroutine<T>;
}
