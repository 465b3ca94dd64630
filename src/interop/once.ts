import { Future, PENDING } from '../core/future.ts';
import { LinkedFuture } from '../core/linked-future.ts';
import { runningScheduler } from '../core/scheduler.ts';
import { checkSignal } from '../loop/abort-guard.ts';
import { type EmitterLike, type EventTargetLike, Listening } from './listening.ts';

export interface OnceOptions {
  /** Ends the wait when it is aborted: the future fails with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * A future of the next `event`: the list of what its listeners get. It listens from the call on, not only from
 * `yield*`, so nothing that comes in between is missed; cancelled, it listens no more, at once.
 *
 * An 'error' that an emitter emits before makes it fail, as with Node's `events.once`. Throws TypeError for what emits
 * no events, RuntimeError when no loop runs.
 *
 * @example
 * const [socket] = yield* once<[Socket]>(server, 'connection');
 */
export function once(target: EventTarget, event: string, options?: OnceOptions): Future<[Event]>;
export function once<A extends unknown[] = unknown[]>(
  emitter: EmitterLike,
  event: string | symbol,
  options?: OnceOptions,
): Future<A>;
export function once(
  source: EmitterLike | EventTargetLike,
  event: string | symbol,
  options: OnceOptions = {},
): Future<unknown[]> {
  const { signal } = options;
  if (signal !== undefined) checkSignal(signal, 'once: signal');
  const scheduler = runningScheduler();
  const listening = new Listening(source, 'once');
  const future: Future<unknown[]> = new LinkedFuture<unknown[]>(scheduler, {
    blocker: () => undefined,
    describe: () => listening.describe('once', event),
    cancelAll(message) {
      listening.stop();
      return Future.prototype.cancel.call(future, message);
    },
  });
  const end = (settle: () => void): void => {
    listening.stop();
    // Somebody else may have set it, or the loop may be gone: then nobody waits any more.
    if (future._state === PENDING && !scheduler.closed) settle();
  };
  const fail = (error: unknown): void => end(() => future._fail(error));
  if (signal?.aborted) {
    fail(signal.reason);
    return future;
  }
  listening.to(event, (...args) => end(() => future.setResult(args)));
  listening.toErrors(event, fail);
  listening.toAbort(signal, fail);
  return future;
}
