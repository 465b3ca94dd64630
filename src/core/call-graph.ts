import { describeWait } from './blocked.ts';
import { describeValue } from './coroutine.ts';
import { type Frame, formatFrame, parseFrames } from './frames.ts';
import { Future } from './future.ts';
import type { Runnable } from './ready-queue.ts';
import { runningScheduler } from './scheduler.ts';
import { Task } from './task.ts';
import { stackOf } from './task-stack.ts';
import { Watcher } from './watcher.ts';

export interface CallGraphOptions {
  /** How many of the innermost frames of the caller itself to leave out; default 1. Counts for the running task only. */
  readonly depth?: number | undefined;
  /** At most this many frames for each task: the innermost ones, or with a negative number the outermost. Default: all. */
  readonly limit?: number | undefined;
}

/** A future or task, the coroutines that it is in, and who awaits it. */
export interface FutureCallGraph {
  readonly future: Future<unknown>;
  /** Innermost first; empty for a plain future. */
  readonly callStack: readonly Frame[];
  readonly awaitedBy: readonly FutureCallGraph[];
}

/**
 * Who awaits whom, from `future` (default: the current task) up to those who await it, with their coroutine stacks.
 * Undefined when there is no current task. Costs nothing until it is called: suspended coroutines are asked where they are.
 *
 * Throws TypeError for what is no future, RuntimeError when no loop runs and no future is given.
 */
export function captureCallGraph(
  future?: Future<unknown>,
  options: CallGraphOptions = {},
): FutureCallGraph | undefined {
  if (future !== undefined && !(future instanceof Future)) {
    throw new TypeError(`captureCallGraph expects a future or task, got ${describeValue(future)}`);
  }
  const start = future ?? (runningScheduler().currentTask as Task<unknown> | undefined);
  return start === undefined ? undefined : build(start, options, new Set());
}

function build(future: Future<unknown>, options: CallGraphOptions, seen: Set<Future<unknown>>): FutureCallGraph {
  seen.add(future);
  const awaitedBy = [...awaitersOf(future)].filter((one) => !seen.has(one)).map((one) => build(one, options, seen));
  return { future, callStack: future instanceof Task ? framesOf(future, options) : [], awaitedBy };
}

function framesOf(task: Task<unknown>, { depth = 1, limit }: CallGraphOptions): Frame[] {
  const frames = task._isRunning() ? runningFrames(depth) : stackOf(task);
  if (limit === undefined) return frames;
  return limit >= 0 ? frames.slice(0, limit) : frames.slice(limit);
}

/** The frames of the running task: the engine's stack down to the step that runs it. */
function runningFrames(depth: number): Frame[] {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = 200;
  const stack = new Error('call graph').stack ?? '';
  Error.stackTraceLimit = before;
  const end = stack.indexOf('._step (');
  return parseFrames(end < 0 ? stack : stack.slice(0, end)).slice(Math.max(0, depth - 1));
}

/** The tasks and futures that a future's end will wake; futures that stand between two tasks are passed over. */
function* awaitersOf(future: Future<unknown>): Generator<Future<unknown>, void, undefined> {
  const callbacks = future._callbacks;
  for (const callback of Array.isArray(callbacks) ? callbacks : [callbacks]) {
    const own = callback === (future as Runnable | Future<unknown>);
    if (callback instanceof Task && !own) yield callback as Task<unknown>;
    else if (own || callback instanceof Watcher) {
      const owner = own ? (future as Task<unknown>)._owner : (callback as Watcher).owner;
      const between = owner?.awaitedBy?.(future);
      if (between instanceof Task) yield between as Task<unknown>;
      else if (between !== undefined) yield* awaitersOf(between);
    }
  }
}

/** The call graph as text, one line a frame; empty when there is no current task. Options as for `captureCallGraph`. */
export function formatCallGraph(future?: Future<unknown>, options: CallGraphOptions = {}): string {
  const graph = captureCallGraph(future, options);
  return graph === undefined ? '' : formatGraph(graph, '').join('\n');
}

function formatGraph(graph: FutureCallGraph, indent: string): string[] {
  const { future, callStack, awaitedBy } = graph;
  const waits = future instanceof Task && future._waiter !== undefined ? ` waits for ${describeWait(future)}` : '';
  const lines = [`${indent}* ${future instanceof Task ? future : '<Future>'}${waits}`];
  if (callStack.length > 0) {
    lines.push(`${indent}  + Call stack:`, ...callStack.map((frame) => `${indent}  |   ${formatFrame(frame)}`));
  }
  if (awaitedBy.length > 0) {
    lines.push(`${indent}  + Awaited by:`, ...awaitedBy.flatMap((one) => formatGraph(one, `${indent}     `)));
  }
  return lines;
}

/** Writes the call graph with `write`, by default to standard output. */
export function printCallGraph(
  future?: Future<unknown>,
  options: CallGraphOptions & { readonly write?: ((text: string) => void) | undefined } = {},
): void {
  const { write = (text: string): void => console.log(text), ...rest } = options;
  write(formatCallGraph(future, rest));
}
