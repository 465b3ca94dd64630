/** Runs in the worker threads: calls what a job says. Piscina loads it by its path. */
import type { MessagePort } from 'node:worker_threads';
import { describeValue } from '../core/coroutine.ts';
import { recordError } from './error-record.ts';
import type { Job, Outcome, WorkRecord } from './job.ts';
import { RemoteLoop } from './remote-loop.ts';
import { isMoved, transfer } from './transfer.ts';

type Callee = (...args: readonly unknown[]) => unknown;

/** Compiled functions by source. Above this number all are forgotten: sources may be made at run time. */
const MOST_COMPILED = 1_000;
const compiled = new Map<string, Callee>();
const HINT =
  'a function goes to a thread by its source: it sees its arguments, globals and `transfer`, and can import()';

/** What compilers put around functions to keep their names. */
const keepName = <T>(fn: T): T => fn;

function evaluate(expression: string): unknown {
  const make = new Function('transfer', '__name', `'use strict'; return (${expression}\n);`);
  return make(transfer, keepName);
}

function compile(source: string): Callee {
  try {
    return evaluate(source) as Callee;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return compileMethod(source, error);
  }
}

/** The source of a method is no expression of its own. */
function compileMethod(source: string, first: SyntaxError): Callee {
  try {
    return Object.values(evaluate(`{${source}\n}`) as Record<string, Callee>)[0]!;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    first.message += ` (${HINT})`;
    throw first;
  }
}

async function calleeOf(work: WorkRecord): Promise<Callee> {
  if ('source' in work) {
    let callee = compiled.get(work.source);
    if (callee === undefined) {
      callee = compile(work.source);
      if (compiled.size >= MOST_COMPILED) compiled.clear();
      compiled.set(work.source, callee);
    }
    return callee;
  }
  const module = await load(work.module);
  // A CommonJS module arrives as the default export.
  const inner = module.default as Record<string, unknown> | null | undefined;
  const callee =
    typeof module[work.name] === 'function' ? module[work.name] : (inner?.[work.name] ?? module[work.name]);
  if (typeof callee === 'function') return callee as Callee;
  throw new TypeError(`${work.module} should export a function ${work.name}, it has ${describeValue(callee)}`);
}

let typeScriptLoads: Promise<void> | undefined;

/** Threads do not get the loader of TypeScript that the main thread may have, except by some versions of Node. */
async function load(url: string): Promise<Record<string, unknown>> {
  if (/\.[cm]?tsx?(\?|#|$)/.test(url)) {
    typeScriptLoads ??= loadTypeScript();
    await typeScriptLoads;
  }
  return (await import(url)) as Record<string, unknown>;
}

async function loadTypeScript(): Promise<void> {
  (await import('tsx/esm/api')).register();
  // For files outside of a package of type "module".
  (await import('tsx/cjs/api')).register();
}

/** Throws DataCloneError. Piscina would let the whole thread die of it, without a word about the cause. */
function checkCloneable(value: unknown): void {
  const isObject = typeof value === 'object' && value !== null && !ArrayBuffer.isView(value);
  if (isObject || typeof value === 'function' || typeof value === 'symbol') structuredClone(value);
}

/** Never rejects: a rejection means that the thread itself failed. */
export default async function runJob({ work, args, remotes }: Job): Promise<Outcome> {
  const given = [...args];
  for (const i of remotes) given[i] = new RemoteLoop(given[i] as MessagePort);
  try {
    const value = await (await calleeOf(work))(...given);
    if (!isMoved(value)) {
      checkCloneable(value);
      return { value };
    }
    return await handOver({ value: value.value }, value.list);
  } catch (error) {
    if (error instanceof ReferenceError && 'source' in work) error.message += ` (${HINT})`;
    return { error: recordError(error) };
  } finally {
    for (const i of remotes) (given[i] as RemoteLoop).close();
  }
}

/** In the form in which Piscina expects it: an object that names what it transfers and its value. */
async function handOver(outcome: Outcome, list: readonly unknown[]): Promise<Outcome> {
  const { move, transferableSymbol, valueSymbol } = await import('piscina');
  return move({ [transferableSymbol]: list, [valueSymbol]: outcome } as never) as unknown as Outcome;
}
