import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { MessagePort, Transferable } from 'node:worker_threads';
import { describeValue, isCoroutineFunction } from '../core/coroutine.ts';
import type { ErrorRecord } from './error-record.ts';
import type { ThreadWork } from './executor.ts';
import { LoopHandle } from './loop-handle.ts';
import { isMoved } from './transfer.ts';

/** What is to be called: the source of a function, or the export of a module. */
export type WorkRecord = { readonly source: string } | { readonly module: string; readonly name: string };

/** One call on its way to a thread. */
export interface Job {
  readonly work: WorkRecord;
  readonly args: readonly unknown[];
  /** Which arguments are the ports of loop handles. */
  readonly remotes: readonly number[];
}

/** How it ended, on the way back. */
export type Outcome = { readonly value: unknown } | { readonly error: ErrorRecord };

/** Throws TypeError for what cannot be called in another thread. */
export function recordWork(work: ThreadWork): WorkRecord {
  if (typeof work === 'function') return { source: sourceOf(work) };
  if (typeof work !== 'object' || work === null || !('module' in work)) {
    throw new TypeError(`a function or a reference { module, name } is required, got ${describeValue(work)}`);
  }
  return { module: moduleUrl(work.module), name: work.name ?? 'default' };
}

function sourceOf(fn: (...args: never[]) => unknown): string {
  if (isCoroutineFunction(fn)) {
    throw new TypeError(
      `a thread runs ordinary and async functions, got the coroutine function ${fn.name || '(anonymous)'}`,
    );
  }
  const source = Function.prototype.toString.call(fn);
  if (/\{\s*\[native code\]\s*\}\s*$/.test(source)) {
    throw new TypeError(
      `${describeValue(fn)} is built in or bound and has no source to send to a thread: wrap it, as in (x) => Math.max(x, 0)`,
    );
  }
  if (/^class\b/.test(source))
    throw new TypeError(`a thread runs functions, got the class ${fn.name || '(anonymous)'}`);
  return source;
}

function moduleUrl(module: unknown): string {
  if (module instanceof URL) return module.href;
  if (typeof module !== 'string') throw new TypeError(`module must be a URL or a string, got ${describeValue(module)}`);
  if (isAbsolute(module)) return pathToFileURL(module).href;
  if (module.startsWith('.')) {
    throw new TypeError(
      `module ${describeValue(module)} is relative, but to what? Give new URL(${describeValue(module)}, import.meta.url)`,
    );
  }
  return module;
}

/** Takes the marks off the arguments; gives the job and what moves with it. */
export function makeJob(work: WorkRecord, args: readonly unknown[]): { job: Job; transferList: Transferable[] } {
  const transferList: Transferable[] = [];
  const remotes: number[] = [];
  const plain = args.map((arg, i): unknown => {
    if (isMoved(arg)) {
      transferList.push(...arg.list);
      return arg.value;
    }
    if (!(arg instanceof LoopHandle)) return arg;
    const port: MessagePort = arg.takePort();
    transferList.push(port);
    remotes.push(i);
    return port;
  });
  return { job: { work, args: plain, remotes }, transferList };
}
