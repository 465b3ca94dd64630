/**
 * One listener on `process` for an event, however many loops run: Node warns of a leak from the eleventh on.
 * The listener is there only while somebody wants it, since one for SIGINT keeps Ctrl-C from ending the process.
 */
export class ProcessListener {
  readonly #event: 'SIGINT' | 'beforeExit';
  readonly #functions = new Set<() => void>();
  readonly #listener = (): void => {
    for (const fn of [...this.#functions]) fn();
  };

  constructor(event: 'SIGINT' | 'beforeExit') {
    this.#event = event;
  }

  add(fn: () => void): void {
    if (this.#functions.size === 0) process.on(this.#event, this.#listener);
    this.#functions.add(fn);
  }

  remove(fn: () => void): void {
    if (this.#functions.delete(fn) && this.#functions.size === 0) process.removeListener(this.#event, this.#listener);
  }
}
