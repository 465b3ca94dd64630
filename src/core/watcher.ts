import type { Future } from './future.ts';
import type { Runnable } from './ready-queue.ts';

/** Who is told by a watcher. */
export interface WatcherOwner {
  futureDone(future: Future<unknown>): void;
  /** The future that waits for `future` through the watcher, for call graphs. */
  awaitedBy?(future: Future<unknown>): Future<unknown> | undefined;
}

/**
 * A callback of the library's own on a future: costs one ready slot when the future is done, as any done callback, but
 * needs no context. What it throws goes to the exception handler, as for any callback.
 *
 * One class for all, with an owner that differs, and no subclasses: a base class with fields gets slow for everybody
 * once a program has used more than four of its subclasses (docs/design/scheduler.md). @internal
 */
export class Watcher implements Runnable {
  readonly future: Future<unknown>;
  owner: WatcherOwner | undefined;

  /** `owner` may be set later, but before the loop's next turn. */
  constructor(future: Future<unknown>, owner: WatcherOwner | undefined) {
    this.future = future;
    this.owner = owner;
  }

  run(): void {
    tellOwner(this.future, this.owner!);
  }
}

/** Tells `owner` of the end of `future`; what that throws goes to the exception handler. @internal */
export function tellOwner(future: Future<unknown>, owner: WatcherOwner): void {
  try {
    owner.futureDone(future);
  } catch (error) {
    const message = `Exception in callback ${owner.constructor.name}.futureDone`;
    future._scheduler.report({ message, exception: error, future });
  }
}
