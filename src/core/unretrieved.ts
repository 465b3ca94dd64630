import type { ExceptionContext } from './exception-context.ts';

/**
 * What is reported if nobody asks for the exception. Does not hold the future itself, whose end is waited for.
 *
 * The collector's registry holds a record as long as its future lives, and an exception handler or an exception's
 * stack (its frames know the task) may lead back to that future: what is over must be let go, or neither is ever freed.
 */
export interface UnretrievedRecord {
  context: ExceptionContext | undefined;
  report: ((context: ExceptionContext) => void) | undefined;
  readonly pool: Set<UnretrievedRecord>;
}

const collected = /* @__PURE__ */ new FinalizationRegistry<UnretrievedRecord>(reportUnretrieved);

/** Most failures are asked for within a few turns: so many may wait before the collector is told of any. */
const MOST_FRESH = 256;

/** Failures of late, and their futures, which these still hold. */
let fresh: { future: object; record: UnretrievedRecord }[] = [];

/** Remembers that `future` failed; if it is collected, or its loop closed, before anybody asks, that is reported. */
export function watchUnretrieved(future: object, record: UnretrievedRecord): void {
  record.pool.add(record);
  fresh.push({ future, record });
  if (fresh.length >= MOST_FRESH) releaseFresh();
}

/**
 * Lets go of the futures that failed of late, so that the collector can find those that nobody else holds. Called by
 * hosts before they sleep. It costs tens of microseconds for each failure that is still unasked for, and next to
 * nothing for the others, which is why it waits.
 */
export function releaseFresh(): void {
  if (fresh.length === 0) return;
  const all = fresh;
  fresh = [];
  for (const { future, record } of all) {
    if (!record.pool.has(record)) continue;
    const exception = record.context?.exception;
    // Until it is read, a stack is kept as frames, which hold the task that threw.
    if (exception instanceof Error) void exception.stack;
    collected.register(future, record);
  }
}

/** Somebody has asked. */
export function forgetUnretrieved(record: UnretrievedRecord): void {
  record.pool.delete(record);
  record.context = undefined;
  record.report = undefined;
}

/** Reports a failure that is still unasked for, once. */
export function reportUnretrieved(record: UnretrievedRecord): void {
  const { context, report } = record;
  if (!record.pool.has(record) || context === undefined) return;
  forgetUnretrieved(record);
  report?.(context);
}
