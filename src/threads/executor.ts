/** A function that a module exports, to be called in a thread: what stands for a function that needs its surroundings. */
export interface ModuleReference {
  /** `new URL('./work.ts', import.meta.url)`, an absolute path, or the name of a package. */
  readonly module: URL | string;
  /** Which export. Default: `default`. */
  readonly name?: string | undefined;
}

/** What an executor runs: a function, or a reference to one in a module. */
export type ThreadWork = ((...args: never[]) => unknown) | ModuleReference;

export interface ExecutorShutdownOptions {
  /** True (the default): waits for what is running. False: ends it. */
  readonly wait?: boolean | undefined;
}

/**
 * Runs functions beside the loop: what `runInExecutor` takes, so that programs can bring one of their own.
 *
 * @example
 * const inline: Executor = {
 *   submit: async (work, args) => (work as (...args: readonly unknown[]) => unknown)(...args),
 *   shutdown: async () => {},
 * };
 */
export interface Executor {
  /** Runs `work`; the promise settles as it does. `signal` is aborted when nobody waits for it any more. */
  submit(work: ThreadWork, args: readonly unknown[], signal: AbortSignal): PromiseLike<unknown>;
  /** Takes no more work. May be called twice. */
  shutdown(options?: ExecutorShutdownOptions): PromiseLike<void>;
}
