import { contextOf } from './context.ts';
import type { DoneCallback, Future } from './future.ts';
import { callbackName } from './handle.ts';
import { sources } from './sources.ts';
import { type UnretrievedRecord, watchUnretrieved } from './unretrieved.ts';

/** What a report can say of a future or task. */
export function describeFuture(future: Future<unknown>): { sourceTraceback?: string; task?: string } {
  const sourceTraceback = sources.get(future);
  const { getName } = future as { readonly getName?: () => string };
  return {
    ...(sourceTraceback === undefined ? {} : { sourceTraceback }),
    ...(getName === undefined ? {} : { task: getName.call(future) }),
  };
}

/** `future` has failed: if nobody asks for its exception, that is reported. Gives what is to be forgotten when somebody does. */
export function watchFailure(future: Future<unknown>, error: unknown): UnretrievedRecord {
  const scheduler = future._scheduler;
  const message = `${future[Symbol.toStringTag]} exception was never retrieved`;
  const record: UnretrievedRecord = {
    context: { message, exception: error, ...describeFuture(future) },
    report: scheduler.report,
    pool: scheduler.unretrieved,
  };
  watchUnretrieved(future, record);
  return record;
}

/** Reports what a callback added by `addDoneCallback` has thrown. */
export function doneCallbackFailed(callback: DoneCallback<unknown>, error: unknown): void {
  const { fn, future } = callback;
  const message = `Exception in callback ${callbackName(fn)}`;
  future._scheduler.report({ message, exception: error, future }, contextOf(callback));
}
