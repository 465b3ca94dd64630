import { type Coroutine, NativeCoroutine } from './coroutine.ts';
import { Future, PENDING } from './future.ts';
import { runningScheduler } from './running.ts';
import { checkTime } from './scheduler.ts';
import { isProbing, suspendOnce } from './suspension.ts';
import { TimerEntry } from './timer-heap.ts';

/** Gives a future its result at a deadline, unless it is done by then. */
export class ResultTimer<T> extends TimerEntry {
  readonly future: Future<T>;
  readonly value: T;

  constructor(deadline: number, future: Future<T>, value: T) {
    super(deadline);
    this.future = future;
    this.value = value;
  }

  run(): void {
    if (!this.dropped && this.future._state === PENDING) this.future.setResult(this.value);
  }
}

const FRESH = 0;
const ASLEEP = 1;
const CEDED = 2;
const OVER = 3;

class Sleep<T> extends NativeCoroutine {
  readonly ms: number;
  readonly result: T;
  private state: typeof FRESH | typeof ASLEEP | typeof CEDED | typeof OVER = FRESH;
  private timer: ResultTimer<T> | undefined = undefined;

  constructor(ms: number, result: T) {
    super();
    this.ms = ms;
    this.result = result;
  }

  override next(): IteratorResult<unknown, T | undefined> {
    switch (this.state) {
      case FRESH:
        return this.start();
      case ASLEEP:
        if (this.timer!.future._state !== PENDING) this.end();
        return this.timer!.future.next();
      case CEDED:
        if (isProbing()) return suspendOnce();
        this.state = OVER;
        return { value: this.result, done: true };
      default:
        return { value: undefined, done: true };
    }
  }

  override throw(error: unknown): never {
    this.end();
    throw error;
  }

  override return(value?: unknown): IteratorResult<unknown, unknown> {
    this.end();
    return { value, done: true };
  }

  private start(): IteratorResult<unknown, T> {
    if (this.ms <= 0) {
      this.state = CEDED;
      return suspendOnce();
    }
    const scheduler = runningScheduler();
    const future = new Future<T>({ loop: scheduler });
    this.timer = new ResultTimer(scheduler.time() + this.ms, future, this.result);
    scheduler.addTimer(this.timer);
    this.state = ASLEEP;
    return future.next();
  }

  private end(): void {
    this.state = OVER;
    if (this.timer !== undefined) this.timer.future._scheduler.timerCancelled(this.timer);
  }
}

/**
 * Suspends for `ms` milliseconds, then gives `result`. `sleep(0)`, and a negative time, lets every other handle that is
 * ready go first, exactly once. Throws TypeError or RangeError at once for a time that is no number.
 *
 * @example
 * yield* sleep(250);
 */
export function sleep(ms: number): Coroutine<void>;
export function sleep<T>(ms: number, result: T): Coroutine<T>;
export function sleep<T>(ms: number, result?: T): Coroutine<T | undefined> {
  checkTime(ms, 'sleep: ms');
  return new Sleep<T | undefined>(ms, result) as unknown as Coroutine<T | undefined>;
}
