/** Programs of other people as clients of the examples. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { DriverName } from '../../src/io/driver.ts';
import { Child, root } from '../support/child.ts';

/** In milliseconds: a peer that hangs fails its test. */
const PEER_TIMEOUT_MS = 60_000;

/** Why a test that needs these programs is skipped; false when all are there. */
export function without(...programs: string[]): string | false {
  const missing = programs.filter((name) => spawnSync('sh', ['-c', `command -v ${name}`]).status !== 0);
  return missing.length > 0 && `not installed: ${missing.join(', ')}`;
}

/** Runs a program to its end, and gives what it printed; fails unless it ends with 0. */
export function peer(program: string, args: readonly string[], input: string | Buffer = ''): string {
  const ended = spawnSync(program, args, { input, timeout: PEER_TIMEOUT_MS, encoding: 'latin1' });
  assert.equal(ended.error, undefined);
  assert.equal(ended.status, 0, `${program} ${args.join(' ')}: ${ended.stdout}${ended.stderr}`);
  return ended.stdout;
}

/** Runs an example as a server while `test` goes on, and ends it as Ctrl-C does; it must not have complained. */
export async function serving(
  io: DriverName,
  example: string,
  args: readonly string[],
  test: (port: string) => void | Promise<void>,
): Promise<void> {
  const child = new Child([join(root, 'bin/tsyncio.js'), 'run', '--io', io, join(root, 'examples', example), ...args]);
  try {
    await child.printed('127.0.0.1:');
    await test(/127\.0\.0\.1:(\d+)/.exec(child.stdout)![1]!);
  } catch (error) {
    child.process.kill('SIGKILL');
    throw error;
  }
  child.interrupt();
  const { code, stderr } = await child.ended();
  assert.equal(code, 130, stderr);
  assert.doesNotMatch(stderr, /Error(?!.*interrupt)/i);
}
