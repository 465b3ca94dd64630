import type { Task } from '../core/task.ts';
import type { LoopSignals } from '../process/signals.ts';
import { ProcessListener } from './process-listener.ts';

/** The program was ended by Ctrl-C: what `run` rejects with when its main task was cancelled by it. */
export class KeyboardInterrupt extends Error {
  override readonly name: string = 'KeyboardInterrupt';
  /** What a shell expects of a process that ended by SIGINT. */
  readonly exitCode = 130;
}

const interrupts = new ProcessListener('SIGINT');
/** 128 + SIGINT. */
const EXIT_CODE = 130;

/** Ctrl-C while a main task runs: the first one cancels it, the second one ends the process. */
export class InterruptGuard {
  readonly #task: Task<unknown>;
  #count = 0;
  readonly #listener = (): void => {
    // The program has a handler of its own for it.
    if ((this.#task.getLoop() as { readonly signals?: LoopSignals }).signals?.handles('SIGINT')) return;
    this.#count += 1;
    if (this.#count > 1) process.exit(EXIT_CODE);
    this.#task.cancel();
  };

  constructor(task: Task<unknown>) {
    this.#task = task;
    interrupts.add(this.#listener);
  }

  /** True when the task was cancelled by Ctrl-C and by nobody else. */
  interrupted(): boolean {
    return this.#count > 0 && this.#task.uncancel() === 0;
  }

  remove(): void {
    interrupts.remove(this.#listener);
  }
}
