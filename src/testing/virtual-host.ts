import type { Clock, Scheduler } from '../core/scheduler.ts';
import { setRunningScheduler } from '../core/scheduler.ts';
import { releaseFresh } from '../core/unretrieved.ts';
import type { Host } from '../loop/host.ts';

/** A host without a real clock: time begins at 0 and jumps to the next timer when nothing is ready. */
export class VirtualHost implements Host {
  readonly #maxTurns: number;
  readonly #onRunaway: () => never;
  #now = 0;
  readonly clock: Clock = { now: () => this.#now, virtual: true };

  /** `onRunaway` is called, and throws, when one run takes more turns than `maxTurns`. */
  constructor(maxTurns: number, onRunaway: () => never) {
    this.#maxTurns = maxTurns;
    this.#onRunaway = onRunaway;
  }

  run(scheduler: Scheduler, stopping: () => boolean, onStuck: () => void): undefined {
    const before = setRunningScheduler(scheduler);
    let turns = 0;
    try {
      do {
        if (++turns > this.#maxTurns) this.#onRunaway();
        if (scheduler.ready.length === 0) {
          releaseFresh();
          const deadline = scheduler.timers.next();
          if (deadline === undefined) {
            onStuck();
            return;
          }
          if (deadline > this.#now) this.#now = deadline;
        }
        scheduler.turn();
      } while (!stopping());
    } finally {
      setRunningScheduler(before);
    }
  }

  close(): void {}
}
