/** Interrupts CPython when one call takes too long: it has programs that it never ends (docs/differences.md). */
import { Worker } from 'node:worker_threads';

/** What CPython in WebAssembly takes for a Ctrl-C. */
const SIGINT = 2;

/** Between two interrupts of one call. */
const AGAIN_MS = 500;

/** Places in the shared state: the number of the call that runs, negative once it took too long; its limit; the last that was interrupted and is over. */
const CALL = 0;
const LIMIT = 1;
const INTERRUPTED = 2;

/** Runs in a thread of its own, since the one that hangs can do nothing. */
const WATCH = `
const { state, interrupt, signal } = require('node:worker_threads').workerData;
for (let call = 0; ; call = Atomics.load(state, ${CALL})) {
  const awaited = Atomics.wait(state, ${CALL}, call, call > 0 ? state[${LIMIT}] : Infinity);
  // The call may have ended in this moment, and must not hand the interrupt on to the next one.
  if (awaited !== 'timed-out' || Atomics.compareExchange(state, ${CALL}, call, -call) !== call) continue;
  // Again and again: a program may catch it, and go on without end.
  do interrupt[0] = signal;
  while (Atomics.wait(state, ${CALL}, -call, ${AGAIN_MS}) === 'timed-out');
  Atomics.store(state, ${INTERRUPTED}, call);
  Atomics.notify(state, ${INTERRUPTED});
}
`;

export class Watchdog {
  /** Give it to Pyodide. */
  readonly interrupt = new Uint8Array(new SharedArrayBuffer(1));
  readonly #state = new Int32Array(new SharedArrayBuffer(12));
  #calls = 0;

  constructor() {
    const workerData = { state: this.#state, interrupt: this.interrupt, signal: SIGINT };
    new Worker(WATCH, { eval: true, workerData, execArgv: [] }).unref();
  }

  /**
   * `call` is interrupted when it takes longer than `limitMs`. Undefined then, whatever it did: an interrupt may get lost
   * on its way, and with it what it came between.
   */
  during<T>(limitMs: number, call: () => T): T | undefined {
    const number = (this.#calls += 1);
    this.#state[LIMIT] = limitMs;
    this.#begin(number);
    try {
      const result = call();
      return this.#end(number) ? result : undefined;
    } catch (error) {
      if (this.#end(number)) throw error;
      return undefined;
    }
  }

  #begin(number: number): void {
    Atomics.store(this.#state, CALL, number);
    Atomics.notify(this.#state, CALL);
  }

  /** Whether the call was in time. */
  #end(number: number): boolean {
    const inTime = Atomics.exchange(this.#state, CALL, 0) === number;
    Atomics.notify(this.#state, CALL);
    if (inTime) return true;
    // The signal may not have been given yet, or be given once more.
    let last = Atomics.load(this.#state, INTERRUPTED);
    while (last !== number) {
      Atomics.wait(this.#state, INTERRUPTED, last);
      last = Atomics.load(this.#state, INTERRUPTED);
    }
    this.interrupt[0] = 0;
    return false;
  }
}
