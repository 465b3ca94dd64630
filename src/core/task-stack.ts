import { type Frame, formatFrame, parseFrames } from './frames.ts';
import { probe } from './probe.ts';
import type { Task } from './task.ts';
import { FAILED, PENDING } from './waitable.ts';

/** The program's frames inside the suspended coroutine of `task`, innermost first; none when it is not suspended. */
export function stackOf(task: Task<unknown>): Frame[] {
  return parseFrames(probeTask(task));
}

/** As `getStack` gives it: of a task that failed, where that was. Does not count as asking for the exception. */
export function framesOf(task: Task<unknown>): Frame[] {
  if (task._state !== FAILED) return stackOf(task);
  return task._value instanceof Error ? parseFrames(task._value.stack) : [];
}

function probeTask(task: Task<unknown>): string | undefined {
  if (task._state !== PENDING || task._isRunning()) return undefined;
  // What has ended would let the coroutine run on: a task that is about to be resumed has no stack.
  if (task._waiter?._state !== PENDING) return undefined;
  return probe(task._coroutine as unknown as { next(): unknown });
}

/** By default to standard error. */
export function printStack(
  task: Task<unknown>,
  frames: readonly Frame[],
  write: (text: string) => void = (text) => console.error(text),
): void {
  const what = task._state === FAILED ? 'Traceback' : 'Stack';
  const head = frames.length === 0 ? `No stack for ${task}` : `${what} for ${task} (innermost call first):`;
  write([head, ...frames.map((one) => `  ${formatFrame(one)}`)].join('\n'));
}
