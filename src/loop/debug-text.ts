import { type Frame, formatFrame, parseFrames } from '../core/frames.ts';
import { Handle, TimerHandle } from '../core/handle.ts';
import type { Runnable } from '../core/ready-queue.ts';
import { Task } from '../core/task.ts';

/** The warning of debug mode about something that held the loop up: what, for how long, and where in the program. */
export function slowCallbackText(name: string, ms: number, runnable: Runnable): string {
  const lines = [`Executing ${name} took ${ms.toFixed(3)} ms`];
  if (runnable instanceof Task && !runnable.done()) addFrames(lines, 'now suspended', runnable.getStack());
  const source =
    runnable instanceof Task || runnable instanceof Handle || runnable instanceof TimerHandle
      ? runnable.sourceTraceback
      : undefined;
  addFrames(lines, 'created', parseFrames(source));
  return lines.join('\n');
}

function addFrames(lines: string[], what: string, frames: Frame[]): void {
  if (frames.length === 0) return;
  lines.push(`  ${what}:`, ...frames.map((frame) => `    ${formatFrame(frame)}`));
}
