import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { BENCH } from './place.ts';

export class NoCompiler extends Error {}

/** Compiles a C file of bench/ into bench/.build when it is newer than its program, and gives the program's path. */
export function compileC(source: string): string {
  const from = `${BENCH}${source}`;
  const to = `${BENCH}.build/${basename(source, '.c')}`;
  if (existsSync(to) && statSync(to).mtimeMs > statSync(from).mtimeMs) return to;
  mkdirSync(`${BENCH}.build`, { recursive: true });
  const compiler = process.env.CC ?? 'cc';
  const made = spawnSync(compiler, ['-O2', '-Wall', '-o', to, from], { encoding: 'utf8' });
  if (made.error !== undefined) {
    throw new NoCompiler(
      `no C compiler ("${compiler}"): install one (Debian: apt-get install gcc libc6-dev) or set CC`,
    );
  }
  if (made.status !== 0) throw new Error(`${compiler} failed on ${source}:\n${made.stderr}`);
  return to;
}
