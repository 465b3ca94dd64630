/** Runs in the worker threads: calls what a job says. Piscina loads it by its path. */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
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
  const callee = (await load(work.module))[work.name];
  if (typeof callee === 'function') return callee as Callee;
  throw new TypeError(`${work.module} should export a function ${work.name}, it has ${describeValue(callee)}`);
}

/** TypeScript loaders reach `require` in every thread, but `import` in some versions of Node only in the main one. */
async function load(url: string): Promise<Record<string, unknown>> {
  try {
    return (await import(url)) as Record<string, unknown>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_UNKNOWN_FILE_EXTENSION') throw error;
    return createRequire(url)(fileURLToPath(url)) as Record<string, unknown>;
  }
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
