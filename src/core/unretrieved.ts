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

const collected = new FinalizationRegistry<UnretrievedRecord>(reportUnretrieved);

/** Remembers that `future` failed; if it is collected, or its loop closed, before anybody asks, that is reported. */
export function watchUnretrieved(future: object, record: UnretrievedRecord): void {
  record.pool.add(record);
  const exception = record.context?.exception;
  // Until it is read, a stack is kept as frames, which hold the task that threw.
  if (exception instanceof Error) void exception.stack;
  collected.register(future, record);
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
