import type { AbstractEventLoop, CallOptions } from '../core/abstract-loop.ts';
import { describeBlockedTasks } from '../core/blocked.ts';
import type { Context } from '../core/context.ts';
import { type AwaitableLike, type Coroutine, describeValue } from '../core/coroutine.ts';
import { type CoroutineWatch, coroutineWatch } from '../core/coroutine-watch.ts';
import { DeadlockError } from '../core/deadlock-error.ts';
import { createTaskOn, ensureFutureOn } from '../core/ensure-future.ts';
import { RuntimeError } from '../core/errors.ts';
import type { ExceptionContext } from '../core/exception-context.ts';
import { Future } from '../core/future.ts';
import { describeFuture } from '../core/future-trouble.ts';
import type { Handle, TimerHandle } from '../core/handle.ts';
import { inspectCustom } from '../core/inspect.ts';
import { checkTime, runningSchedulerOrUndefined, Scheduler } from '../core/scheduler.ts';
import type { TaskFactory } from '../core/spawn.ts';
import type { Task, TaskOptions } from '../core/task.ts';
import { releaseFresh, reportUnretrieved } from '../core/unretrieved.ts';
import type { SubprocessOptions } from '../process/command.ts';
import { LoopProcesses } from '../process/loop-processes.ts';
import { LoopSignals } from '../process/signals.ts';
import { ALL_PIPES } from '../process/stdio.ts';
import type { SubprocessProtocol, SubprocessTransport } from '../process/subprocess-protocol.ts';
import { shutdownAsyncGens } from '../structured/shutdown-async-gens.ts';
import type { Executor, ThreadWork } from '../threads/executor.ts';
import { LoopExecutors, type ThreadArgs, type ThreadResult } from '../threads/loop-executors.ts';
import { slowCallbackText } from './debug-text.ts';
import { formatExceptionContext } from './format-exception.ts';
import type { Host } from './host.ts';
import type { DriverInfo, LoopNetwork } from './loop-network.ts';
import { type LoopStatistics, loopStatistics } from './loop-statistics.ts';
import { NetworkMethods } from './network-methods.ts';

interface ContextOwner {
  getContext(): Context;
}

export type ExceptionHandler = (loop: EventLoop, context: ExceptionContext) => void;

/**
 * asyncio's event loop: the bar. Made by `newEventLoop()`; `run()` makes and closes one by itself.
 *
 * Differs from asyncio: `runForever` and `runUntilComplete` return promises, since Node's own loop goes on beside it.
 */
export class EventLoop extends NetworkMethods implements AbstractEventLoop {
  /** How many were made in this thread: tells the command whether a program has run itself. @internal */
  static made = 0;
  /** For the command, which may use another copy of the library than the program. @internal */
  static readonly coroutineWatch: CoroutineWatch = coroutineWatch;
  /** @internal */ readonly scheduler: Scheduler;
  /** @internal */ readonly host: Host;
  /** @internal */ readonly executors: LoopExecutors;
  /** @internal */ readonly signals: LoopSignals;
  /** @internal */ readonly processes: LoopProcesses;
  /** Undefined in virtual time. @internal */ readonly network: LoopNetwork | undefined;
  #running = false;
  #stopping = false;
  #exceptionHandler: ExceptionHandler | undefined = undefined;

  /** @internal */
  constructor(host: Host, makeNetwork?: (scheduler: Scheduler) => LoopNetwork) {
    super();
    EventLoop.made += 1;
    this.host = host;
    this.scheduler = new Scheduler(host.clock, (context, within) => this.#report(context, within));
    this.scheduler.loop = this;
    this.scheduler.slowCallback = (name, ms, runnable) => console.warn(slowCallbackText(name, ms, runnable));
    this.signals = new LoopSignals(this.scheduler);
    this.executors = new LoopExecutors(this.scheduler);
    this.network = makeNetwork?.(this.scheduler);
    this.processes = new LoopProcesses(this.scheduler, this.network, (step) => this._shutdown.push(step));
  }

  /** Runs until `stop` is called. */
  async runForever(): Promise<void> {
    await this._runForever();
  }

  /** Runs until the future (or the task of the coroutine) is done, and gives its result. */
  async runUntilComplete<T>(awaitable: AwaitableLike<T>): Promise<T> {
    // First of all: a task that was made would run all the same, in the run that is under way.
    this._checkMayRun();
    const future = this._prepare(awaitable);
    const stop = (): void => this.stop();
    future.addDoneCallback(stop);
    try {
      await this._runForever();
    } catch (error) {
      if (future.done() && !future.cancelled()) future.exception();
      throw error;
    } finally {
      future.removeDoneCallback(stop);
    }
    return this._resultOf(future);
  }

  /** Throws RuntimeError when it is closed, runs already, or another loop has its turn. @internal */
  _checkMayRun(): void {
    this.scheduler.checkOpen();
    if (this.#running) throw new RuntimeError('This event loop is already running');
    if (runningSchedulerOrUndefined() !== undefined) {
      throw new RuntimeError('Cannot run the event loop while another loop is running');
    }
  }

  /** Runs turns until stopped: undefined when the host did it at once, else a promise. @internal */
  _runForever(main?: Future<unknown>): Promise<void> | undefined {
    this._checkMayRun();
    this.#running = true;
    this.processes.loopRuns(true);
    if (this.scheduler.debug) coroutineWatch.started = this.scheduler;
    const stuck = (): void => {
      const blocked = describeBlockedTasks(this.scheduler);
      throw new DeadlockError(`nothing is ready and nothing is waited for, but the program is not done:\n${blocked}`);
    };
    const over = (): void => {
      this.#running = false;
      this.#stopping = false;
      this.processes.loopRuns(false);
      if (coroutineWatch.started === this.scheduler) coroutineWatch.started = undefined;
    };
    let promise: Promise<void> | undefined;
    try {
      promise = this.host.run(this.scheduler, () => this.#stopping, main === undefined ? () => {} : stuck);
    } catch (error) {
      over();
      throw error;
    }
    if (promise === undefined) over();
    return promise?.finally(over);
  }

  /** What is to be shut down when a program ends, in order; as in asyncio a task each, even with nothing to do. @internal */
  readonly _shutdown: (() => Coroutine<void>)[] = [
    () => this.shutdownAsyncGens(),
    () => this.shutdownDefaultExecutor(),
  ];

  /** Closes all asynchronous generators that were left half-way. `run` does it at its end. */
  shutdownAsyncGens(): Coroutine<void> {
    return shutdownAsyncGens(this.scheduler);
  }

  /** @internal */
  _shutdownSteps(): readonly (() => Coroutine<void>)[] {
    return this._shutdown;
  }

  /** @internal */
  _prepare<T>(awaitable: AwaitableLike<T>): Future<T> {
    this.scheduler.checkOpen();
    return ensureFutureOn(this.scheduler, awaitable);
  }

  /** @internal */
  _resultOf<T>(future: Future<T>): T {
    if (!future.done()) throw new RuntimeError('Event loop stopped before Future completed.');
    return future.result();
  }

  /** Ends `runForever` after the turn under way. */
  stop(): void {
    this.#stopping = true;
    if (this.scheduler.asleep) this.scheduler.callSoon(() => {});
  }

  /** Throws RuntimeError while it runs. May be called twice. */
  close(): void {
    if (this.#running) throw new RuntimeError('Cannot close a running event loop');
    const { scheduler } = this;
    if (scheduler.closed) return;
    for (const task of scheduler.tasks.list() as Task<unknown>[]) {
      this.callExceptionHandler({ ...describeFuture(task), message: 'Task was destroyed but it is pending!', task });
    }
    for (const record of [...scheduler.unretrieved]) reportUnretrieved(record);
    releaseFresh();
    scheduler.closed = true;
    scheduler.ambient = undefined;
    scheduler.ready.clear();
    scheduler.timers.clear();
    this.signals.close();
    this.host.close();
  }

  isRunning(): boolean {
    return this.#running;
  }

  isClosed(): boolean {
    return this.scheduler.closed;
  }

  /** Milliseconds on a monotonic clock with an arbitrary beginning. */
  time(): number {
    return this.scheduler.time();
  }

  /** Runs `fn` in the next turn. Arguments go in by closure. */
  callSoon(fn: () => void, options?: CallOptions): Handle {
    return this.scheduler.callSoon(fn, options?.context);
  }

  /** As `callSoon`; may be called while the loop sleeps. */
  callSoonThreadsafe(fn: () => void, options?: CallOptions): Handle {
    return this.scheduler.callSoon(fn, options?.context);
  }

  /** Runs `fn` after `ms` milliseconds. */
  callLater(ms: number, fn: () => void, options?: CallOptions): TimerHandle {
    checkTime(ms, 'callLater: ms');
    return this.scheduler.callAt(this.scheduler.time() + ms, fn, options?.context);
  }

  /** Runs `fn` at a time of this loop's clock. */
  callAt(when: number, fn: () => void, options?: CallOptions): TimerHandle {
    return this.scheduler.callAt(when, fn, options?.context);
  }

  createFuture<T>(): Future<T> {
    return new Future<T>({ loop: this });
  }

  createTask<T>(coroutine: AwaitableLike<T>, options?: TaskOptions): Task<T> {
    this.scheduler.checkOpen();
    return createTaskOn(this.scheduler, coroutine, options);
  }

  /** Tasks are made by `factory(loop, coroutine, options)` from now on; undefined: by the Task constructor. */
  setTaskFactory(factory: TaskFactory | undefined): void {
    if (factory !== undefined && typeof factory !== 'function') {
      throw new TypeError(`task factory must be a function or undefined, got ${describeValue(factory)}`);
    }
    this.scheduler.taskFactory = factory;
  }

  getTaskFactory(): TaskFactory | undefined {
    return this.scheduler.taskFactory as TaskFactory | undefined;
  }

  /** Runs a function on `executor`; undefined: on the default one, see `toThread` and `ThreadPoolExecutor`. */
  runInExecutor<W extends ThreadWork>(
    executor: Executor | undefined,
    work: W,
    ...args: ThreadArgs<W>
  ): Future<ThreadResult<W>> {
    return this.executors.run(executor, work, args);
  }

  /** Throws TypeError for what is no executor. */
  setDefaultExecutor(executor: Executor): void {
    this.executors.setDefault(executor);
  }

  /** Waits for what runs in the default executor, up to `timeoutMs` (default 300,000), then ends it. `run` does it at its end. */
  shutdownDefaultExecutor(timeoutMs?: number): Coroutine<void> {
    return this.executors.shutdownDefault(timeoutMs);
  }

  /** Starts a program with a protocol of your own; its descriptors are pipes unless the options say otherwise. Throws SpawnError. */
  subprocessExec<P extends SubprocessProtocol>(
    protocolFactory: () => P,
    program: string,
    args: readonly string[] = [],
    options?: SubprocessOptions,
  ): Coroutine<[SubprocessTransport, P]> {
    return this.processes.spawn(protocolFactory, { program, args }, { ...ALL_PIPES, ...options });
  }

  /** As `subprocessExec`, for a command line in the system's shell. */
  subprocessShell<P extends SubprocessProtocol>(
    protocolFactory: () => P,
    command: string,
    options?: SubprocessOptions,
  ): Coroutine<[SubprocessTransport, P]> {
    return this.processes.spawn(protocolFactory, { shell: command }, { ...ALL_PIPES, ...options });
  }

  /**
   * Calls `fn` in a turn of the loop whenever the process gets `signal`, in place of what the signal does by default;
   * replaces the handler before. A handler for SIGINT also takes Ctrl-C away from `run`. Handlers end with the loop.
   *
   * Throws RuntimeError for SIGKILL and SIGSTOP and outside of the main thread, RangeError for what is no signal,
   * TypeError for a coroutine function.
   */
  addSignalHandler(signal: NodeJS.Signals | number, fn: () => void): void {
    this.signals.add(signal, fn);
  }

  /** False when there was no handler. Throws RangeError for what is no signal. */
  removeSignalHandler(signal: NodeJS.Signals | number): boolean {
    return this.signals.remove(signal);
  }

  setExceptionHandler(handler: ExceptionHandler | undefined): void {
    if (handler !== undefined && typeof handler !== 'function') {
      throw new TypeError(`exception handler must be a function or undefined, got ${describeValue(handler)}`);
    }
    this.#exceptionHandler = handler;
  }

  getExceptionHandler(): ExceptionHandler | undefined {
    return this.#exceptionHandler;
  }

  /** Writes the context to standard error: with whole stacks in debug mode, else with the program's own frames. */
  defaultExceptionHandler(context: ExceptionContext): void {
    console.error(formatExceptionContext(context, this.scheduler));
  }

  /**
   * Hands an error that nobody can catch to the exception handler, which runs in the context of the task or handle that
   * it is told of. Never throws.
   */
  callExceptionHandler(context: ExceptionContext): void {
    this.#report(context);
  }

  /** `within`: the context to call the handler in; undefined, or one that is entered already: the current one. */
  #report(context: ExceptionContext, within = contextOfReported(context)): void {
    const handler = this.#exceptionHandler;
    try {
      if (handler === undefined) this.defaultExceptionHandler(context);
      else if (within === undefined || within.entered) handler(this, context);
      else within.run(() => handler(this, context));
    } catch (error) {
      const message = 'Unhandled error in exception handler';
      const handling = { ...context, message: `${message}, while handling: ${context.message}` };
      console.error(formatExceptionContext(handling, this.scheduler));
      console.error(formatExceptionContext({ message, exception: error }, this.scheduler));
    }
  }

  /** Which driver does the network I/O, and which were tried before and why they were refused. */
  get driverInfo(): DriverInfo {
    return this.network?.info ?? { name: undefined, fallbacks: [] };
  }

  /** What the loop has done so far. */
  get statistics(): LoopStatistics {
    return loopStatistics(this.scheduler, this.network?.driverIfMade);
  }

  getDebug(): boolean {
    return this.scheduler.debug;
  }

  setDebug(enabled: boolean): void {
    this.scheduler.debug = enabled;
  }

  /** In milliseconds: in debug mode, callbacks that take longer are reported. Default 100. */
  get slowCallbackDuration(): number {
    return this.scheduler.slowCallbackDuration;
  }

  set slowCallbackDuration(ms: number) {
    checkTime(ms, 'slowCallbackDuration');
    this.scheduler.slowCallbackDuration = ms;
  }

  override toString(): string {
    const { closed, debug } = this.scheduler;
    return `<EventLoop io=${this.driverInfo.name} running=${this.#running} closed=${closed} debug=${debug}>`;
  }

  [inspectCustom](): string {
    return this.toString();
  }
}

/** The context of the task or handle that a report is about, if it says. */
function contextOfReported({ task, future, handle }: ExceptionContext): Context | undefined {
  const about: Partial<ContextOwner> | string | undefined = task ?? future ?? handle;
  return typeof about === 'object' && typeof about.getContext === 'function' ? about.getContext() : undefined;
}

/** The loop whose turn it is. Throws RuntimeError when none runs. */
export function getRunningLoop(): EventLoop {
  const scheduler = runningSchedulerOrUndefined();
  if (scheduler === undefined) throw new RuntimeError('no running event loop');
  return scheduler.loop as EventLoop;
}
