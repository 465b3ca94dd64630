import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { BENCH } from './place.ts';

export class NoCompiler extends Error {}

/** When the C file, or a header beside it, was last changed. */
function changedAt(file: string): number {
  const folder = dirname(file);
  const headers = readdirSync(folder).filter((name) => name.endsWith('.h'));
  return Math.max(...[file, ...headers.map((name) => join(folder, name))].map((path) => statSync(path).mtimeMs));
}

/**
 * Compiles a C file of bench/ into bench/.build when it is newer than its program, and gives the program's path.
 * Throws NoCompiler when there is none, Error when the file does not compile.
 */
export function compileC(source: string, name = basename(source, '.c'), flags: readonly string[] = []): string {
  const from = `${BENCH}${source}`;
  const to = `${BENCH}.build/${name}`;
  if (existsSync(to) && statSync(to).mtimeMs > changedAt(from)) return to;
  mkdirSync(`${BENCH}.build`, { recursive: true });
  const compiler = process.env.CC ?? 'cc';
  const made = spawnSync(compiler, ['-O2', '-Wall', '-o', to, from, ...flags], { encoding: 'utf8' });
  if (made.error !== undefined) {
    throw new NoCompiler(
      `no C compiler ("${compiler}"): install one (Debian: apt-get install gcc libc6-dev) or set CC`,
    );
  }
  if (made.status !== 0) throw new Error(`${compiler} failed on ${source}:\n${made.stderr}`);
  return to;
}
