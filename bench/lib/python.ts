import { spawnSync } from 'node:child_process';

export interface Python {
  readonly program: string;
  readonly version: string;
  /** Its version, or undefined when it cannot be imported. */
  readonly uvloop: string | undefined;
}

const PROBE = `
import platform
try:
    import uvloop
    print(platform.python_version(), uvloop.__version__)
except ImportError:
    print(platform.python_version(), '-')
`;

let found: Python | undefined;
let looked = false;

/** An interpreter with uvloop when there is one, else the first that answers. `TSYNCIO_BENCH_PYTHON` names another. */
export function findPython(): Python | undefined {
  if (looked) return found;
  looked = true;
  const named = process.env.TSYNCIO_BENCH_PYTHON;
  for (const program of named === undefined ? ['python3', '/usr/bin/python3'] : [named]) {
    const answer = spawnSync(program, ['-c', PROBE], { encoding: 'utf8' });
    if (answer.status !== 0) continue;
    const [version, uvloop] = answer.stdout.trim().split(' ');
    const python: Python = { program, version: version!, uvloop: uvloop === '-' ? undefined : uvloop };
    if (python.uvloop !== undefined) return (found = python);
    found ??= python;
  }
  return found;
}
