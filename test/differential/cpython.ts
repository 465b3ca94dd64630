/** CPython 3.14 in WebAssembly, with the interpreter of `cpython/` loaded. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadPyodide } from 'pyodide';
import type { Program, Trace } from './program.ts';
import { Watchdog } from './watchdog.ts';

const folder = fileURLToPath(new URL('cpython/', import.meta.url));
const inside = '/differential';

/** In ms. A batch takes a fifth of a second, on a busy machine one or two; one that takes longer is done one by one. */
const BATCH_LIMIT_MS = 4_000;
const PROGRAM_LIMIT_MS = 5_000;

export interface CPython {
  version: string;
  /** Task and Future are the C ones, as in every ordinary CPython. */
  accelerated: boolean;
  /** Undefined for a program that CPython does not end. */
  run(programs: readonly Program[]): (Trace | undefined)[];
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
  const run = (programs: readonly Program[]): (Trace | undefined)[] => {
    try {
      const limit = programs.length === 1 ? PROGRAM_LIMIT_MS : BATCH_LIMIT_MS;
      return watchdog.during(limit, () => JSON.parse(runBatch(JSON.stringify(programs))) as Trace[]);
    } catch (error) {
      // The error itself points into megabytes of generated code.
      const text = error instanceof Error ? error.message : String(error);
      if (!text.trimEnd().endsWith('KeyboardInterrupt')) throw new Error(text);
    }
    return programs.length === 1 ? [undefined] : programs.flatMap((program) => run([program]));
  };
  const { version, accelerated } = JSON.parse(python.runPython('runner.describe()') as string) as CPython;
  return { version, accelerated, run };
}
