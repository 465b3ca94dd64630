/** CPython 3.14 in WebAssembly, with the interpreter of `cpython/` loaded. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadPyodide } from 'pyodide';
import type { Program, Trace } from './program.ts';

const folder = fileURLToPath(new URL('cpython/', import.meta.url));
const inside = '/differential';

export interface CPython {
  version: string;
  /** Task and Future are the C ones, as in every ordinary CPython. */
  accelerated: boolean;
  run(programs: readonly Program[]): Trace[];
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
  const run = (programs: readonly Program[]): Trace[] => {
    try {
      return JSON.parse(runBatch(JSON.stringify(programs))) as Trace[];
    } catch (error) {
      // The error itself points into megabytes of generated code.
      throw new Error(error instanceof Error ? error.message : String(error));
    }
  };
  const { version, accelerated } = JSON.parse(python.runPython('runner.describe()') as string) as CPython;
  return { version, accelerated, run };
}
