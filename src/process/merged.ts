import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { EACCES, ENOENT } from '../io/errno.ts';
import { SpawnError } from './spawn-error.ts';

/**
 * A command whose stderr goes into the pipe of its stdout. Node gives each pipe to one descriptor only, so a shell sets
 * the other one and then becomes the program: the process is the same. The program is looked for before, since the shell
 * could say only by its exit code that there is none.
 */
export function merged(program: string, args: readonly string[], cwd: string, path: string): [string, string[]] {
  if (process.platform === 'win32') throw new RangeError('stderr: STDOUT into a pipe is not possible on Windows');
  findProgram(program, cwd, path);
  return ['/bin/sh', ['-c', 'exec "$0" "$@" 2>&1', program, ...args]];
}

/** Throws SpawnError unless there is such a program. */
function findProgram(program: string, cwd: string, path: string): void {
  const candidates = program.includes('/')
    ? [resolve(cwd, program)]
    : path.split(delimiter).map((folder) => join(resolve(cwd, folder), program));
  let found = false;
  for (const file of candidates) {
    if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) continue;
    found = true;
    try {
      accessSync(file, constants.X_OK);
      return;
    } catch {
      // Not executable: the next folder may have one that is.
    }
  }
  throw found ? new SpawnError('EACCES', EACCES, program) : new SpawnError('ENOENT', ENOENT, program);
}
