/**
 * Which tasks are blocked, where, and on what: the text of a DeadlockError.
 */
import type { Scheduler } from './scheduler.ts';
import type { Task } from './task.ts';

const ownFolder = import.meta.url.slice(0, import.meta.url.lastIndexOf('/core/') + 1).replace('file://', '');

/** The frames of the program itself in a stack, innermost first: without the library's and the engine's. */
export function userFrames(stack: string | undefined): string[] {
  if (stack === undefined) return [];
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .map((line) => line.trim().replace('file://', ''))
    .filter((line) => !line.includes(ownFolder) && !/\bnode:|<anonymous>\)?$|\.next \(/.test(line));
}

/** What `task` waits for, in a word or two. */
function describeWaiter(task: Task<unknown>): string {
  const waiter = task._waiter;
  if (waiter === undefined) return 'nothing: it is ready to run';
  return String(waiter) === '[object Future]' ? 'a future that nobody completes' : String(waiter);
}

/** One paragraph for each living task: its name, what it waits for, and the coroutines that it is in. */
export function describeBlockedTasks(scheduler: Scheduler): string {
  const paragraphs: string[] = [];
  for (const node of scheduler.livingTasks()) {
    const task = node as Task<unknown>;
    const frames = userFrames(task._probe());
    paragraphs.push(
      [`  ${task.getName()} waits for ${describeWaiter(task)}`, ...frames.map((frame) => `      ${frame}`)].join('\n'),
    );
  }
  return paragraphs.join('\n');
}
