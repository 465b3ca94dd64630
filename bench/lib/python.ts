import { spawnSync } from 'node:child_process';

export interface Python {
  readonly program: string;
  readonly version: string;
  /** Its version, or undefined when it cannot be imported. */
  readonly uvloop: string | undefined;
  readonly trio: string | undefined;
}

const PROBE = `
import importlib, platform
def version(name):
    try:
        return importlib.import_module(name).__version__
    except ImportError:
        return '-'
print(platform.python_version(), version('uvloop'), version('trio'))
`;

let found: Python | undefined;
let looked = false;

const orNone = (version: string | undefined): string | undefined => (version === '-' ? undefined : version);

/** An interpreter with uvloop when there is one, else the first that answers. `TSYNCIO_BENCH_PYTHON` names another. */
export function findPython(): Python | undefined {
  if (looked) return found;
  looked = true;
  const named = process.env.TSYNCIO_BENCH_PYTHON;
  for (const program of named === undefined ? ['python3', '/usr/bin/python3'] : [named]) {
    const answer = spawnSync(program, ['-W', 'ignore', '-c', PROBE], { encoding: 'utf8' });
    if (answer.status !== 0) continue;
    const [version, uvloop, trio] = answer.stdout.trim().split(' ');
    const python: Python = { program, version: version!, uvloop: orNone(uvloop), trio: orNone(trio) };
    if (python.uvloop !== undefined) return (found = python);
    found ??= python;
  }
  return found;
}
