/**
 * `tsyncio run`: runs a program and gives its exit code.
 */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { formatProblem } from '../loop/format-problem.ts';
import { type Library, libraryOf, loadProgram } from './load-program.ts';
import { parseRunOptions } from './run-options.ts';
import { UsageError } from './usage-error.ts';

export const RUN_HELP = `Usage: tsyncio run [options] <file> [args]

Runs a program written in TypeScript or JavaScript. When the file exports a coroutine function called main, it is called
with the args, and run. A file that calls run() itself is run as it is.

Options:
  --debug             debug mode: warnings about slow callbacks and forgotten coroutines; whole stacks
  --io <driver>       io_uring, epoll, node, or auto (default)
  --help, -h          show this help

Exit codes:
  0    the program ended
  1    it failed: the error and the coroutines that it went through are on standard error
  2    bad usage: an unknown option, no such file, no main
  130  ended by Ctrl-C, after its finally blocks
`;

const FAILED_EXIT_CODE = 1;

export async function runCommand(argv: readonly string[]): Promise<number | undefined> {
  const options = parseRunOptions(argv);
  if (options.help || options.file === undefined) {
    process.stdout.write(RUN_HELP);
    return 0;
  }
  const file = existingFile(options.file);
  if (options.debug) process.env.TSYNCIO_DEBUG = '1';
  if (options.io !== undefined) process.env.TSYNCIO_IO = options.io;
  process.argv = [process.argv[0]!, file, ...options.args];
  // Also for a promise of run() that the program does not await.
  process.on('uncaughtException', (error) => {
    // A program with a handler of its own has decided what happens.
    if (process.listenerCount('uncaughtException') === 1) endWith(error, options.debug);
  });
  try {
    await runProgram(file, options.file, options.args);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    endWith(error, options.debug);
  }
  return undefined;
}

function existingFile(given: string): string {
  const file = resolve(given);
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined) throw new UsageError(`no such file: ${given}`);
  if (!found.isFile()) throw new UsageError(`not a file: ${given}`);
  return file;
}

async function runProgram(file: string, given: string, args: readonly string[]): Promise<void> {
  const library = await libraryOf(file);
  const before = loopsMade(library);
  const main = await loadProgram(file, isDebug() ? library.EventLoop.coroutineWatch : undefined);
  // A program that has run itself is not run a second time, even if its main is exported for others.
  if (loopsMade(library) > before) return;
  if (main === undefined) {
    throw new UsageError(`${given} exports no coroutine function main and does not call run() itself`);
  }
  if (typeof main !== 'function') throw new UsageError(`${given} exports a main that is no function`);
  const call = main as (...args: readonly string[]) => never;
  await library.run(() => call(...args));
}

function isDebug(): boolean {
  return process.env.TSYNCIO_DEBUG !== undefined && process.env.TSYNCIO_DEBUG !== '0';
}

function loopsMade(library: Library): number {
  return library.EventLoop.made;
}

/** Ends the process at once: a program that failed shall not go on because a timer is still set. */
function endWith(error: unknown, debug: boolean): never {
  const exitCode = (error as { exitCode?: unknown } | undefined)?.exitCode;
  const interrupted = error instanceof Error && error.name === 'KeyboardInterrupt';
  if (!interrupted || debug) process.stderr.write(`${formatProblem(error, { debug })}\n`);
  process.exit(interrupted && typeof exitCode === 'number' ? exitCode : FAILED_EXIT_CODE);
}
