import { type Coroutine, NativeCoroutine } from './coroutine.ts';
import type { Scheduler } from './scheduler.ts';
import { forgetUnretrieved, type UnretrievedRecord, watchUnretrieved } from './unretrieved.ts';

/** A coroutine that tells, in debug mode, when it was made and never begun. */
class Tracked extends NativeCoroutine {
  readonly #inner: Coroutine<unknown>;
  readonly #record: UnretrievedRecord;

  constructor(inner: Coroutine<unknown>, record: UnretrievedRecord) {
    super();
    this.#inner = inner;
    this.#record = record;
  }

  override next(value?: unknown): IteratorResult<unknown, unknown> {
    forgetUnretrieved(this.#record);
    return this.#inner.next(value);
  }

  override throw(error: unknown): IteratorResult<unknown, unknown> {
    forgetUnretrieved(this.#record);
    return this.#inner.throw(error);
  }

  override return(value?: unknown): IteratorResult<unknown, unknown> {
    forgetUnretrieved(this.#record);
    return this.#inner.return(value);
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
