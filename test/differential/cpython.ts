/** CPython 3.14 in WebAssembly, with the interpreter of `cpython/` loaded. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadPyodide, type PyodideInterface } from 'pyodide';
import type { Program, Trace } from './program.ts';
import { Watchdog } from './watchdog.ts';

const folder = fileURLToPath(new URL('cpython/', import.meta.url));
const inside = '/differential';

/** In ms. A program takes 4 ms, on a busy machine ten times that; a batch that takes longer is done one by one. */
const LEAST_LIMIT_MS = 5_000;
const LIMIT_PER_PROGRAM_MS = 25;

export interface CPython {
  version: string;
  /** Task and Future are the C ones, as in every ordinary CPython. */
  accelerated: boolean;
  /** Undefined for a program that CPython does not end in `limitMs`. */
  run(programs: readonly Program[], limitMs?: number): (Trace | undefined)[];
}

/** Loads it; takes some seconds. */
export async function loadCPython(): Promise<CPython> {
  const python = await loadPyodide({ stdout: () => {}, stderr: () => {} });
  python.FS.mkdir(inside);
  for (const name of readdirSync(folder)) {
    if (name.endsWith('.py')) python.FS.writeFile(`${inside}/${name}`, readFileSync(folder + name));
  }
  python.runPython(`import sys; sys.path.insert(0, '${inside}'); import runner`);
  const runBatch = python.runPython('runner.run_batch') as (text: string) => string;
  const watchdog = new Watchdog();
  python.setInterruptBuffer(watchdog.interrupt);
  const run: CPython['run'] = (programs, limitMs) => {
    const limit = limitMs ?? LEAST_LIMIT_MS + programs.length * LIMIT_PER_PROGRAM_MS;
    const traces = watchdog.during(limit, () =>
      attempt(() => JSON.parse(runBatch(JSON.stringify(programs))) as Trace[]),
    );
    if (traces !== undefined) return traces;
    takeInterrupt(python);
    return programs.length === 1 ? [undefined] : programs.flatMap((program) => run([program], limitMs));
  };
  const { version, accelerated } = JSON.parse(python.runPython('runner.describe()') as string) as CPython;
  return { version, accelerated, run };
}

/** The error itself points into megabytes of generated code. */
function attempt<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw new Error(error instanceof Error ? error.message : String(error));
  }
}

/** An interrupt that CPython has seen and not raised yet must not come out in the next program. */
function takeInterrupt(python: PyodideInterface): void {
  try {
    python.runPython('for _ in range(10_000): pass');
  } catch (error) {
    if (!String(error).trimEnd().endsWith('KeyboardInterrupt')) throw error;
  }
}
