import { Future } from './future.ts';
import type { Scheduler } from './scheduler.ts';

/** What stands behind a linked future. */
export interface FutureLinks {
  /** One by one, what must end before the future can; undefined after the last. */
  blocker(index: number): Future<unknown> | undefined;
  describe(): string;
  /** In place of the future's own cancel: asks those behind it, and says whether any took it. */
  cancelAll?(message: string | undefined): boolean;
}

/**
 * A future of the library's own that knows what it waits for itself: the outer futures of `gather` and `shield`, the
 * end of a TaskGroup. One class for all of them, for the reason given at Watcher. @internal
 */
export class LinkedFuture<T> extends Future<T> {
  readonly links: FutureLinks;

  constructor(scheduler: Scheduler, links: FutureLinks) {
    super(scheduler);
    this.links = links;
  }

  override cancel(message?: string): boolean {
    const { links } = this;
    if (links.cancelAll === undefined) return super.cancel(message);
    this._retrieve();
    return !this.done() && links.cancelAll(message);
  }

  override get _linked(): boolean {
    return true;
  }

  override _blocker(index: number): Future<unknown> | undefined {
    return this.links.blocker(index);
  }

  override toString(): string {
    return this.links.describe();
  }
}
