import { constants } from 'node:os';
import { type Context, copyContext } from '../core/context.ts';
import { describeValue, isCoroutine, isCoroutineFunction } from '../core/coroutine.ts';
import { RuntimeError } from '../core/errors.ts';
import type { Scheduler } from '../core/scheduler.ts';
import { nodeThreads } from '../node/builtins.ts';

/** The longest interval that Node takes, in milliseconds: only so that something is there. */
const LONGEST_INTERVAL_MS = 2 ** 31 - 1;
/** Linux's: those from 34 on have numbers and no names (SIGRTMIN to SIGRTMAX). */
const HIGHEST_SIGNAL = 64;
const UNCATCHABLE: ReadonlySet<NodeJS.Signals> = new Set(['SIGKILL', 'SIGSTOP']);

/** One listener on `process` for a signal, however many loops want it: Node warns of a leak from the eleventh on. */
class SignalListener {
  readonly #signal: NodeJS.Signals;
  readonly #functions = new Set<() => void>();
  readonly #listener = (): void => {
    for (const fn of [...this.#functions]) fn();
  };

  constructor(signal: NodeJS.Signals) {
    this.#signal = signal;
  }

  add(fn: () => void): void {
    // Throws where the system lacks the signal, so the function is remembered only afterwards.
    if (this.#functions.size === 0) process.on(this.#signal, this.#listener);
    this.#functions.add(fn);
  }

  /** Without a listener the signal does again what it does by default. */
  remove(fn: () => void): void {
    if (this.#functions.delete(fn) && this.#functions.size === 0) process.removeListener(this.#signal, this.#listener);
  }
}

const listeners = new Map<NodeJS.Signals, SignalListener>();

function listenerOf(signal: NodeJS.Signals): SignalListener {
  const known = listeners.get(signal);
  if (known !== undefined) return known;
  const made = new SignalListener(signal);
  listeners.set(signal, made);
  return made;
}

/** The signal handlers of one loop. */
export class LoopSignals {
  readonly #scheduler: Scheduler;
  readonly #handlers = new Map<NodeJS.Signals, () => void>();
  /** Node goes on only while something is there to wait for, and a signal is not enough for it. */
  #keepAlive: NodeJS.Timeout | undefined = undefined;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  add(signal: NodeJS.Signals | number, fn: () => void): void {
    if (typeof fn !== 'function' || isCoroutineFunction(fn) || isCoroutine(fn)) {
      throw new TypeError(`addSignalHandler expects an ordinary function, got ${describeFunction(fn)}`);
    }
    this.#scheduler.checkOpen();
    const name = signalName(signal);
    if (UNCATCHABLE.has(name)) throw new RuntimeError(`${name} cannot be caught`);
    if (!nodeThreads().isMainThread) throw new RuntimeError('signal handlers can be added in the main thread only');
    const context: Context = copyContext();
    const listener = (): void => {
      if (!this.#scheduler.closed) this.#scheduler.callSoon(fn, context);
    };
    listenerOf(name).add(listener);
    const before = this.#handlers.get(name);
    if (before !== undefined) listenerOf(name).remove(before);
    this.#handlers.set(name, listener);
    this.#keepAlive ??= setInterval(() => {}, LONGEST_INTERVAL_MS);
  }

  remove(signal: NodeJS.Signals | number): boolean {
    const name = signalName(signal);
    const listener = this.#handlers.get(name);
    if (listener === undefined) return false;
    this.#handlers.delete(name);
    listenerOf(name).remove(listener);
    if (this.#handlers.size === 0) this.#letGo();
    return true;
  }

  handles(signal: NodeJS.Signals): boolean {
    return this.#handlers.has(signal);
  }

  /** The loop is closed: signals do again what they do by default. */
  close(): void {
    for (const name of [...this.#handlers.keys()]) this.remove(name);
  }

  #letGo(): void {
    clearInterval(this.#keepAlive);
    this.#keepAlive = undefined;
  }
}

function describeFunction(fn: unknown): string {
  if (isCoroutineFunction(fn)) {
    return `the coroutine function ${(fn as () => void).name || '(anonymous)'} (start a task in the handler instead)`;
  }
  return describeValue(fn);
}

/** The name of a signal given by name or number. Throws TypeError for other types, RangeError for no signal. */
export function signalName(signal: unknown): NodeJS.Signals {
  if (typeof signal !== 'string' && typeof signal !== 'number') {
    throw new TypeError(`a signal is a name or a number, got ${describeValue(signal)}`);
  }
  const found = Object.entries(constants.signals).find(([name, number]) => name === signal || number === signal);
  if (found === undefined) throw new RangeError(`no such signal: ${signal}`);
  return found[0] as NodeJS.Signals;
}

/** The number of a signal that is to be sent: also 0, which only asks, and those without a name. Throws as `signalName`. */
export function signalNumber(signal: unknown): number {
  const isNumber = Number.isInteger(signal) && (signal as number) >= 0 && (signal as number) <= HIGHEST_SIGNAL;
  return isNumber ? (signal as number) : constants.signals[signalName(signal)];
}
