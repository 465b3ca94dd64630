import type { AsyncContextManager } from '../core/async-protocols.ts';
import { type AwaitableLike, type Coroutine, isCoroutine } from '../core/coroutine.ts';
import { createTaskOn } from '../core/ensure-future.ts';
import { CancelledError, RuntimeError } from '../core/errors.ts';
import { type Future, PENDING } from '../core/future.ts';
import { type FutureLinks, LinkedFuture } from '../core/linked-future.ts';
import type { Scheduler } from '../core/scheduler.ts';
import { runningScheduler } from '../core/scheduler.ts';
import type { Task, TaskOptions } from '../core/task.ts';
import { Watcher, type WatcherOwner } from '../core/watcher.ts';
import { ExceptionGroup } from './exception-group.ts';

/** What the parent waits for at the end of the block. */
class RemainingChildren implements FutureLinks {
  private readonly children: ReadonlySet<Task<unknown>>;
  private snapshot: readonly Task<unknown>[] = [];

  constructor(children: ReadonlySet<Task<unknown>>) {
    this.children = children;
  }

  blocker(index: number): Future<unknown> | undefined {
    if (index === 0) this.snapshot = [...this.children];
    return this.snapshot[index];
  }

  describe(): string {
    return `<the ${this.children.size} tasks left in a TaskGroup>`;
  }
}

/**
 * Tasks that live no longer than the block that made them: leaving the group waits for all of them; when one fails the
 * others are cancelled, and all failures come out as one ExceptionGroup.
 *
 * @example
 * yield* asyncWith(new TaskGroup(), function* (group) {
 *   group.createTask(serve('Ann'));
 *   group.createTask(serve('Bob'));
 * });
 */
export class TaskGroup implements AsyncContextManager<TaskGroup>, WatcherOwner {
  readonly #children = new Set<Task<unknown>>();
  readonly #errors: unknown[] = [];
  #scheduler: Scheduler | undefined = undefined;
  #parent: Task<unknown> | undefined = undefined;
  #exiting = false;
  #aborting = false;
  /** We have cancelled the parent ourselves and owe it an `uncancel`. */
  #cancelledParent = false;
  #allDone: Future<void> | undefined = undefined;

  /** Makes a task in the group. Throws RuntimeError before entry, while the group shuts down, and when it is over. */
  createTask<T>(coroutine: AwaitableLike<T>, options?: TaskOptions): Task<T> {
    const refusal = this.#refusal();
    if (refusal !== undefined) {
      // It never runs; a fresh generator is closed by return() without running any of its code.
      if (isCoroutine(coroutine)) coroutine.return(undefined);
      throw new RuntimeError(`${this} ${refusal}`);
    }
    const task = createTaskOn(this.#scheduler!, coroutine, options);
    this.#children.add(task as Task<unknown>);
    // Through the ready queue even when an eager child is done: its failure must not interrupt who has just made it.
    if (task._owner === undefined) task._setOwner(this);
    else task._addWaiter(new Watcher(task as Future<unknown>, this));
    return task;
  }

  #refusal(): string | undefined {
    if (this.#scheduler === undefined) return 'has not been entered';
    if (this.#exiting && this.#children.size === 0) return 'is finished';
    return this.#aborting ? 'is shutting down' : undefined;
  }

  *enter(): Coroutine<TaskGroup> {
    if (this.#scheduler !== undefined) throw new RuntimeError(`${this} has been already entered`);
    const scheduler = runningScheduler();
    const parent = scheduler.currentTask as Task<unknown> | undefined;
    if (parent === undefined) throw new RuntimeError(`${this} cannot determine the parent task`);
    this.#scheduler = scheduler;
    this.#parent = parent;
    return this;
  }

  *exit(error: unknown): Coroutine<void> {
    this.#exiting = true;
    const parent = this.#parent!;
    let cancellation = error instanceof CancelledError ? error : undefined;
    if (error !== undefined && !this.#aborting) this.#abort();
    const outside = yield* this.#drain();
    cancellation ??= outside;
    // Our own cancel of the parent, which may come as late as the wait for the last children, is no cancellation from
    // outside; if it was the only one, none leaves the group.
    if (this.#cancelledParent && parent.uncancel() === 0) cancellation = undefined;
    if (cancellation !== undefined && this.#errors.length === 0) throw cancellation;
    if (error !== undefined && !(error instanceof CancelledError)) this.#errors.push(error);
    if (this.#errors.length === 0) return;
    if (parent.cancelling() > 0) {
      // Cancelled from outside too: the errors leave now, and the cancel is thrown in at the next suspension.
      parent.uncancel();
      parent.cancel();
    }
    throw new ExceptionGroup('unhandled errors in a TaskGroup', this.#errors);
  }

  /** Waits for the last child. Gives the first CancelledError that reached the parent meanwhile from outside. */
  *#drain(): Coroutine<CancelledError | undefined> {
    let outside: CancelledError | undefined;
    while (this.#children.size > 0) {
      this.#allDone ??= new LinkedFuture<void>(this.#scheduler!, new RemainingChildren(this.#children));
      try {
        yield* this.#allDone;
      } catch (error) {
        if (!(error instanceof CancelledError)) throw error;
        if (!this.#aborting) {
          outside = error;
          this.#abort();
        }
      }
      this.#allDone = undefined;
    }
    return outside;
  }

  #abort(): void {
    this.#aborting = true;
    for (const child of [...this.#children]) if (!child.done()) child.cancel();
  }

  /** The task that entered the group. @internal */
  awaitedBy(): Task<unknown> | undefined {
    return this.#parent;
  }

  /** @internal */
  futureDone(future: Future<unknown>): void {
    const child = future as Task<unknown>;
    this.#children.delete(child);
    if (this.#children.size === 0 && this.#allDone?._state === PENDING) this.#allDone.setResult();
    if (child.cancelled()) return;
    const error = child.exception();
    if (error === undefined) return;
    this.#errors.push(error);
    const parent = this.#parent!;
    if (parent.done()) {
      const message = `Task ${child} has errored out but its parent task ${parent} is already completed`;
      this.#scheduler!.report({ message, exception: error, task: child });
      return;
    }
    if (!this.#aborting && !this.#cancelledParent) {
      this.#scheduler!.cancelAs({ text: `a TaskGroup in which ${child} failed` }, () => {
        this.#abort();
        this.#cancelledParent = true;
        parent.cancel();
      });
    }
  }

  toString(): string {
    const state = this.#aborting ? ' cancelling' : this.#scheduler !== undefined ? ' entered' : '';
    return `<TaskGroup${this.#children.size > 0 ? ` tasks=${this.#children.size}` : ''}${state}>`;
  }
}
