import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Transferable } from 'node:worker_threads';
import type { Piscina } from 'piscina';
import { RuntimeError } from '../core/errors.ts';
import { checkInteger } from '../net/check.ts';
import { rebuildError } from './error-record.ts';
import type { Executor, ExecutorShutdownOptions, ThreadWork } from './executor.ts';
import { type Job, makeJob, type Outcome, recordWork } from './job.ts';
import { WorkerError } from './worker-error.ts';

/** As many threads as asyncio's default executor: some more than processors, since functions may wait. */
const EXTRA_WORKERS = 4;
const MOST_WORKERS = 32;
/** In milliseconds: an idle thread costs memory, a new one about 50 ms. */
const IDLE_TIMEOUT_MS = 30_000;

export interface ThreadPoolExecutorOptions {
  /** How many threads at most. Default: four more than there are processors, 32 at most. */
  readonly maxWorkers?: number | undefined;
}

/**
 * Runs functions in worker threads (by piscina, loaded at the first use): the default executor of a loop.
 *
 * Threads of JavaScript share no functions. A function is sent as its source: it sees its arguments, the globals and
 * `transfer`, and can `import()`, but none of the names around it, which throw a ReferenceError there. A function that
 * needs its surroundings goes into a module: `{ module: new URL('./work.js', import.meta.url), name: 'resize' }`.
 * Arguments and results are copied, or moved with `transfer`; class instances arrive as plain objects, buffers as
 * Uint8Array. Errors keep their name, message, stack, cause and properties. A thread runs one function at a time; that
 * of a cancelled one is terminated.
 *
 * @example
 * loop.setDefaultExecutor(new ThreadPoolExecutor({ maxWorkers: 2 }));
 */
export class ThreadPoolExecutor implements Executor {
  readonly maxWorkers: number;
  readonly #running = new Set<Promise<unknown>>();
  #pool: Promise<Piscina<Job, Outcome>> | undefined = undefined;
  #shutDown = false;

  /** Throws RangeError unless `maxWorkers` is an integer of at least 1. */
  constructor(options: ThreadPoolExecutorOptions = {}) {
    const { maxWorkers = Math.min(MOST_WORKERS, availableParallelism() + EXTRA_WORKERS) } = options;
    checkInteger(maxWorkers, 'ThreadPoolExecutor: maxWorkers', 1);
    this.maxWorkers = maxWorkers;
  }

  /**
   * Runs `work` in a thread. Rejects with what it throws, WorkerError when the thread ends before it, DataCloneError
   * when an argument or the result can be neither copied nor moved. Throws TypeError for what cannot be sent,
   * RuntimeError after `shutdown`.
   */
  submit(work: ThreadWork, args: readonly unknown[], signal?: AbortSignal): Promise<unknown> {
    if (this.#shutDown) throw new RuntimeError('cannot run in an executor after its shutdown');
    const { job, transferList } = makeJob(recordWork(work), args);
    const running = this.#run(job, transferList, signal);
    this.#running.add(running);
    const over = (): void => void this.#running.delete(running);
    running.then(over, over);
    return running;
  }

  async shutdown({ wait = true }: ExecutorShutdownOptions = {}): Promise<void> {
    this.#shutDown = true;
    while (wait && this.#running.size > 0) await Promise.allSettled(this.#running);
    await (await this.#pool)?.destroy();
  }

  async #run(job: Job, transferList: Transferable[], signal: AbortSignal | undefined): Promise<unknown> {
    this.#pool ??= makePool(this.maxWorkers);
    const pool = await this.#pool;
    signal?.throwIfAborted();
    const outcome = await this.#outcome(pool, job, { transferList: transferList as never, signal: signal ?? null });
    if ('error' in outcome) throw rebuildError(outcome.error);
    return outcome.value;
  }

  async #outcome(pool: Piscina<Job, Outcome>, job: Job, options: Parameters<typeof pool.run>[1]): Promise<Outcome> {
    try {
      return await pool.run(job, options);
    } catch (error) {
      (options?.signal as AbortSignal | null)?.throwIfAborted();
      if ((error as Error).name === 'DataCloneError') throw error;
      const reason = error instanceof Error ? error.message : 'of something that it threw and that could not be copied';
      throw new WorkerError(`the thread ended before the function did: ${reason}`, { cause: error });
    }
  }
}

async function makePool(maxThreads: number): Promise<Piscina<Job, Outcome>> {
  const { Piscina } = await import('piscina');
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const pool = new Piscina<Job, Outcome>({
    filename: fileURLToPath(new URL(`../threads/worker-job.${extension}`, import.meta.url)),
    // One thread is always replaced: with none, piscina leaves its queue lying when the last one dies.
    minThreads: 1,
    maxThreads,
    idleTimeout: IDLE_TIMEOUT_MS,
    // Else a thread sleeps in Atomics.wait between functions, and what they left on its loop stands still.
    atomics: 'disabled',
    ...inheritedFlags(),
  });
  // A thread that dies between two functions is replaced; nobody waits for it.
  pool.on('error', (error: unknown) => process.emitWarning(`a worker thread failed while idle: ${String(error)}`));
  return pool;
}

/** Threads inherit Node's flags. Given by hand, they would have to be of those that threads allow: only where one must go. */
function inheritedFlags(): { execArgv?: string[] } {
  const kept = process.execArgv.filter((flag) => !flag.startsWith('--input-type'));
  return kept.length === process.execArgv.length ? {} : { execArgv: kept };
}
