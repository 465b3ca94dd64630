/** Runs programs on both sides and compares the traces event by event. */
import type { CPython } from './cpython.ts';
import type { Program, Trace } from './program.ts';
import { type Overrides, runOne } from './tsyncio/run.ts';

export interface Difference {
  program: Program;
  cpython: Trace;
  tsyncio: Trace;
  /** The first event that differs. */
  at: number;
}

/** The index of the first event that differs; undefined when the traces are equal. */
export function firstDifference(left: Trace, right: Trace): number | undefined {
  const length = Math.max(left.length, right.length);
  for (let i = 0; i < length; i++) if (left[i] !== right[i]) return i;
  return undefined;
}

/** A crash of the library is a difference as any other. */
async function traceOf(program: Program, overrides: Overrides): Promise<Trace> {
  try {
    return await runOne(program, overrides);
  } catch (error) {
    return [`THROWN ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`];
  }
}

export class Comparison {
  readonly #cpython: CPython;
  readonly #overrides: Overrides;
  /** Programs that CPython does not end, so that there is nothing to compare. */
  readonly endless: Program[] = [];

  /** `overrides` alters operations on our side: for the test that the comparison can fail. */
  constructor(cpython: CPython, overrides: Overrides = {}) {
    this.#cpython = cpython;
    this.#overrides = overrides;
  }

  /** Compares a batch; `onTrace` sees each program with CPython's trace. */
  async differences(
    programs: readonly Program[],
    onTrace: (program: Program, trace: Trace) => void = () => {},
  ): Promise<Difference[]> {
    const found: Difference[] = [];
    for (const [i, cpython] of this.#cpython.run(programs).entries()) {
      const program = programs[i]!;
      if (cpython === undefined) {
        this.endless.push(program);
        continue;
      }
      onTrace(program, cpython);
      const tsyncio = await traceOf(program, this.#overrides);
      const at = firstDifference(cpython, tsyncio);
      if (at !== undefined) found.push({ program, cpython, tsyncio, at });
    }
    return found;
  }

  async difference(program: Program): Promise<Difference | undefined> {
    return (await this.differences([program]))[0];
  }
}
