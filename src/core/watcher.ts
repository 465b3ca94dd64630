import type { Future } from './future.ts';
import type { Runnable } from './ready-queue.ts';

/**
 * A callback of the library's own on a future: costs one ready slot when the future is done, as any done callback, but
 * needs no context. What it throws goes to the exception handler, as for any callback. @internal
 */
export abstract class Watcher<T> implements Runnable {
  readonly future: Future<T>;

  constructor(future: Future<T>) {
    this.future = future;
  }

  abstract futureDone(future: Future<T>): void;

  /** The future that waits for this one through the callback, for call graphs. */
  awaitedBy(): Future<unknown> | undefined {
    return undefined;
  }

  run(): void {
    try {
      this.futureDone(this.future);
    } catch (error) {
      const message = `Exception in callback ${this.constructor.name}`;
      this.future._scheduler.report({ message, exception: error, future: this.future });
    }
  }
}
