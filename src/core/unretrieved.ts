import type { ExceptionContext } from './exception-context.ts';

/** What is reported if nobody asks for the exception. Does not hold the future itself, whose end is waited for. */
export interface UnretrievedRecord {
  readonly context: ExceptionContext;
  readonly report: (context: ExceptionContext) => void;
  readonly pool: Set<UnretrievedRecord>;
}

const collected = new FinalizationRegistry<UnretrievedRecord>(reportUnretrieved);

/** Remembers that `future` failed; if it is collected, or its loop closed, before anybody asks, that is reported. */
export function watchUnretrieved(future: object, record: UnretrievedRecord): void {
  record.pool.add(record);
  collected.register(future, record);
}

/** Reports a failure that is still unasked for, once. */
export function reportUnretrieved(record: UnretrievedRecord): void {
  if (record.pool.delete(record)) record.report(record.context);
}
