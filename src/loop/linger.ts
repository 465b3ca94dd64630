import type { Clock } from '../core/scheduler.ts';
import type { Driver } from '../io/driver.ts';

/**
 * In milliseconds: when nothing is ready but there was traffic a moment ago, completions are looked for again and again
 * for so long before the thread waits in the kernel. A thread that sleeps is woken 20 to 50 µs late, and that is most
 * of the time that a single connection's round trip takes.
 */
const SPIN_MS = 0.05;
/** After a stage was in vain, so many chances are let pass, and twice as many each further time, up to this. */
const MOST_SKIPPED = 64;

/** One way to await the next message a little; used less and less while it does not pay. */
class Stage {
  private skip = 0;
  private next = 1;

  /** Whether this chance is to be taken. */
  take(): boolean {
    if (this.skip === 0) return true;
    this.skip -= 1;
    return false;
  }

  /** How a chance that was taken turned out. */
  tell(paid: boolean): void {
    if (paid) {
      this.next = 1;
    } else {
      this.skip = this.next;
      this.next = Math.min(this.next * 2, MOST_SKIPPED);
    }
  }
}

/**
 * Awaits the next completions in the driver before the thread goes back to Node: first by looking, then by sleeping in
 * the driver. Each is given up for a while where it is in vain, as looking is when peer and loop share one CPU.
 */
export class Linger {
  private readonly clock: Clock;
  private readonly looking = new Stage();
  private readonly sleeping = new Stage();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** For at most `timeMs`; returns how many completions came. */
  await(driver: Driver, timeMs: number): number {
    let left = timeMs;
    if (this.looking.take()) {
      const completed = this.look(driver, Math.min(timeMs, SPIN_MS));
      this.looking.tell(completed > 0);
      left -= SPIN_MS;
      if (completed > 0 || left <= 0) return completed;
    }
    if (!this.sleeping.take()) return driver.poll();
    const completed = driver.wait(left);
    this.sleeping.tell(completed > 0);
    return completed;
  }

  private look(driver: Driver, timeMs: number): number {
    const end = this.clock.now() + timeMs;
    for (;;) {
      const completed = driver.poll();
      if (completed > 0 || this.clock.now() >= end) return completed;
    }
  }
}
