import { type Coroutine, describeValue } from '../core/coroutine.ts';
import { RuntimeError, TimeoutError } from '../core/errors.ts';
import type { Future } from '../core/future.ts';
import { checkTime, type Scheduler } from '../core/scheduler.ts';
import { wrapFuture } from '../core/wrap-future.ts';
import { waitFor } from '../structured/wait-for.ts';
import type { Executor, ThreadWork } from './executor.ts';
import type { LoopHandle } from './loop-handle.ts';
import type { RemoteLoop } from './remote-loop.ts';
import { ThreadPoolExecutor } from './thread-pool-executor.ts';

/** In milliseconds, as asyncio's: how long the end of a program waits for functions in threads. */
const SHUTDOWN_TIMEOUT_MS = 300_000;

/** What the caller gives for a parameter: a loop handle where the thread gets a remote loop. */
export type Sent<T> = T extends RemoteLoop<infer C> ? LoopHandle<C> : T;
/** The arguments that go with `work`. */
export type ThreadArgs<W extends ThreadWork> = W extends (...args: infer A) => unknown
  ? { [K in keyof A]: Sent<A[K]> }
  : unknown[];
/** What comes back: of an async function its result. */
export type ThreadResult<W extends ThreadWork> = W extends (...args: never[]) => infer R ? Awaited<R> : unknown;

/** The executors of one loop. */
export class LoopExecutors {
  readonly #scheduler: Scheduler;
  #default: Executor | undefined = undefined;
  #shutDown = false;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  run<W extends ThreadWork>(executor: Executor | undefined, work: W, args: ThreadArgs<W>): Future<ThreadResult<W>> {
    this.#scheduler.checkOpen();
    if (executor !== undefined) checkExecutor(executor, 'runInExecutor');
    const chosen = executor ?? this.#defaultExecutor();
    const start = (signal: AbortSignal) => chosen.submit(work, args, signal) as PromiseLike<ThreadResult<W>>;
    return wrapFuture(start, { loop: this.#scheduler });
  }

  setDefault(executor: Executor): void {
    checkExecutor(executor, 'setDefaultExecutor');
    this.#default = executor;
  }

  *shutdownDefault(timeoutMs = SHUTDOWN_TIMEOUT_MS): Coroutine<void> {
    checkTime(timeoutMs, 'shutdownDefaultExecutor: timeout');
    this.#shutDown = true;
    const executor = this.#default;
    if (executor === undefined) return;
    try {
      yield* waitFor(wrapFuture(executor.shutdown({ wait: true }), { loop: this.#scheduler }), timeoutMs);
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error;
      console.warn(`tsyncio: the executor's threads did not finish within ${timeoutMs} ms and are terminated`);
      yield* wrapFuture(executor.shutdown({ wait: false }), { loop: this.#scheduler });
    }
  }

  #defaultExecutor(): Executor {
    if (this.#shutDown) throw new RuntimeError('Executor shutdown has been called');
    this.#scheduler.checkRealTime('threads');
    this.#default ??= new ThreadPoolExecutor();
    return this.#default;
  }
}

function checkExecutor(executor: unknown, what: string): void {
  const { submit, shutdown } = (executor ?? {}) as Partial<Executor>;
  if (typeof submit === 'function' && typeof shutdown === 'function') return;
  throw new TypeError(`${what} expects an executor { submit, shutdown }, got ${describeValue(executor)}`);
}
