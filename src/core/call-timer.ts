import type { TimerEntry } from './timer-heap.ts';

/** Who is told by a timer of the library's own. */
export interface TimerOwner {
  timerFired(): void;
}

/** A timer of the library's own: as TimerHandle, without a context. One class for all, for the reason given at Watcher. @internal */
export class CallTimer implements TimerEntry {
  readonly deadline: number;
  scheduled = false;
  dropped = false;
  private readonly owner: TimerOwner;

  constructor(deadline: number, owner: TimerOwner) {
    this.deadline = deadline;
    this.owner = owner;
  }

  run(): void {
    if (!this.dropped) this.owner.timerFired();
  }
}
