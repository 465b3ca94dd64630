import type { Coroutine } from '../core/coroutine.ts';
import { createTaskOn } from '../core/ensure-future.ts';
import { CancelledError } from '../core/errors.ts';
import { Future } from '../core/future.ts';
import type { Scheduler } from '../core/scheduler.ts';
import type { Task } from '../core/task.ts';
import { wait } from '../structured/wait.ts';

export interface RaceOptions<T> {
  /** Between the start of one attempt and that of the next; a failure starts the next at once. */
  readonly delayMs: number;
  /** Gets the results of attempts that succeeded too late. */
  readonly discard: (result: T) => void;
  /** Whether an error ends but its own attempt; any other ends the race. */
  readonly isFailure: (error: unknown) => boolean;
}

export type RaceOutcome<T> =
  | { readonly won: true; readonly result: T }
  | { readonly won: false; readonly errors: readonly unknown[] };

/**
 * The result of the first attempt that succeeds, started one after the other with a delay between them: RFC 8305's way to
 * connect. All others are cancelled and over when this returns or throws.
 */
export function* staggeredRace<T>(
  scheduler: Scheduler,
  attempts: readonly (() => Coroutine<T>)[],
  { delayMs, discard, isFailure }: RaceOptions<T>,
): Coroutine<RaceOutcome<T>> {
  const tasks: Task<T>[] = [];
  let running: Task<T>[] = [];
  let winner: Task<T> | undefined;
  try {
    while (winner === undefined) {
      const starts = tasks.length < attempts.length;
      if (starts) {
        const task = createTaskOn(scheduler, attempts[tasks.length]!());
        tasks.push(task);
        running.push(task);
      }
      if (running.length === 0) return { won: false, errors: tasks.map((task) => task.exception()) };
      // An eager task may be done already.
      if (!running.some((task) => task.done())) yield* untilOneIsDone(scheduler, running, starts ? delayMs : undefined);
      for (const task of running.filter((one) => one.done())) {
        const error = task.cancelled() ? new CancelledError() : task.exception();
        if (error === undefined) winner ??= task;
        else if (!isFailure(error)) throw error;
      }
      running = running.filter((task) => !task.done());
    }
  } catch (error) {
    yield* end(tasks, undefined, discard);
    throw error;
  }
  yield* end(tasks, winner, discard);
  return { won: true, result: winner.result() };
}

/** Returns when one of the tasks is done, or after the delay. */
function* untilOneIsDone(
  scheduler: Scheduler,
  tasks: readonly Task<unknown>[],
  delayMs: number | undefined,
): Coroutine<void> {
  const changed = new Future<void>({ loop: scheduler });
  const wake = (): void => {
    if (!changed.done()) changed.setResult();
  };
  for (const task of tasks) task.addDoneCallback(wake);
  const timer = delayMs === undefined ? undefined : scheduler.callAt(scheduler.time() + delayMs, wake);
  try {
    yield* changed;
  } finally {
    timer?.cancel();
    for (const task of tasks) task.removeDoneCallback(wake);
  }
}

/** Cancels what still runs, waits for its end whatever comes, and discards what was won beside the winner. */
function* end<T>(
  tasks: readonly Task<T>[],
  winner: Task<T> | undefined,
  discard: (result: T) => void,
): Coroutine<void> {
  for (const task of tasks) task.cancel();
  let cancelled: unknown;
  for (let left = tasks; left.length > 0; left = left.filter((task) => !task.done())) {
    try {
      yield* wait(left);
    } catch (error) {
      if (!(error instanceof CancelledError)) throw error;
      cancelled = error;
    }
  }
  for (const task of tasks) {
    if (task.cancelled() || task.exception() !== undefined) continue;
    if (task !== winner || cancelled !== undefined) discard(task.result());
  }
  if (cancelled !== undefined) throw cancelled;
}
