import type { Context } from './context.ts';
import type { AwaitableLike, Coroutine } from './coroutine.ts';
import type { ExceptionContext } from './exception-context.ts';
import type { Future } from './future.ts';
import type { Handle, TimerHandle } from './handle.ts';
import type { Task, TaskOptions } from './task.ts';

/** The part of an event loop that does not touch the network: what `Future.getLoop` and `Task.getLoop` give. */
export interface AbstractEventLoop {
  time(): number;
  callSoon(fn: () => void, options?: CallOptions): Handle;
  callSoonThreadsafe(fn: () => void, options?: CallOptions): Handle;
  callLater(ms: number, fn: () => void, options?: CallOptions): TimerHandle;
  callAt(when: number, fn: () => void, options?: CallOptions): TimerHandle;
  createFuture<T>(): Future<T>;
  createTask<T>(coroutine: Coroutine<T> | AwaitableLike<T>, options?: TaskOptions): Task<T>;
  callExceptionHandler(context: ExceptionContext): void;
  getDebug(): boolean;
  isRunning(): boolean;
  isClosed(): boolean;
  stop(): void;
}

export interface CallOptions {
  /** The context to run in; default: a copy of the current one. */
  readonly context?: Context | undefined;
}
