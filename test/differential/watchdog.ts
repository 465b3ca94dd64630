/** Interrupts CPython when one call takes too long: it has programs that it never ends (docs/differences.md). */
import { Worker } from 'node:worker_threads';

/** What CPython in WebAssembly takes for a Ctrl-C. */
const SIGINT = 2;

/** Runs in a thread of its own, since the one that hangs can do nothing. */
const WATCH = `
const { state, interrupt, signal } = require('node:worker_threads').workerData;
for (let call = 0; ; call = Atomics.load(state, 0)) {
  if (Atomics.wait(state, 0, call, call === 0 ? Infinity : state[1]) === 'timed-out') {
    interrupt[0] = signal;
    Atomics.wait(state, 0, call);
  }
}
`;

export class Watchdog {
  /** Give it to Pyodide. */
  readonly interrupt = new Uint8Array(new SharedArrayBuffer(1));
  readonly #state = new Int32Array(new SharedArrayBuffer(8));
  #calls = 0;

  constructor() {
    const workerData = { state: this.#state, interrupt: this.interrupt, signal: SIGINT };
    new Worker(WATCH, { eval: true, workerData, execArgv: [] }).unref();
  }

  /** `call` is interrupted when it takes longer than `limitMs`. */
  during<T>(limitMs: number, call: () => T): T {
    this.#calls += 1;
    this.#state[1] = limitMs;
    this.#tell(this.#calls);
    try {
      return call();
    } finally {
      this.#tell(0);
      this.interrupt[0] = 0;
    }
  }

  #tell(call: number): void {
    Atomics.store(this.#state, 0, call);
    Atomics.notify(this.#state, 0);
  }
}
