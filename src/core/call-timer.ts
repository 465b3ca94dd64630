import { isDropped, type TimerEntry } from './timer-heap.ts';

/** Who is told by a timer of the library's own. */
export interface TimerOwner {
  timerFired(): void;
}

/** A timer of the library's own: as TimerHandle, without a context. One class for all, for the reason given at Watcher. @internal */
export class CallTimer implements TimerEntry {
  _timerFlags = 0;
  private readonly owner: TimerOwner;

  constructor(owner: TimerOwner) {
    this.owner = owner;
  }

  run(): void {
    if (!isDropped(this)) this.owner.timerFired();
  }
}
