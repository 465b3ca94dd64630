import { formatFrame } from './frames.ts';
import type { Scheduler } from './scheduler.ts';
import type { Task } from './task.ts';
import { stackOf } from './task-stack.ts';

/** What `task` waits for, and who holds that, in a few words. */
export function describeWait(task: Task<unknown>): string {
  const waiter = task._waiter;
  if (waiter === undefined) return 'nothing: it is ready to run';
  const text = String(waiter);
  return text === '[object Future]' ? 'a future that nobody completes' : text;
}

/** One paragraph for each living task: its name, what it waits for, and the coroutines that it is in. */
export function describeBlockedTasks(scheduler: Scheduler): string {
  const paragraphs: string[] = [];
  for (const node of scheduler.tasks.list()) {
    const task = node as Task<unknown>;
    const frames = stackOf(task).map((frame) => `      ${formatFrame(frame)}`);
    paragraphs.push([`  ${task.getName()} waits for ${describeWait(task)}`, ...frames].join('\n'));
  }
  return paragraphs.join('\n');
}
