import type { Coroutine } from '../core/coroutine.ts';
import { runningScheduler } from '../core/scheduler.ts';
import { checkInteger } from '../net/check.ts';
import type { ChildTransport } from './child-transport.ts';
import type { Command, SubprocessOptions } from './command.ts';
import type { LoopProcesses } from './loop-processes.ts';
import { Process } from './process.ts';
import { ProcessStreams } from './process-streams.ts';

export interface CreateSubprocessOptions extends SubprocessOptions {
  /** In bytes: the limit of the StreamReaders, default 64 KiB. */
  readonly limit?: number | undefined;
}

/**
 * Starts a program and gives its `Process`. Its stdin, stdout and stderr are ours unless the options say `PIPE`,
 * `DEVNULL`, a file descriptor, or, for stderr, `STDOUT`. No other descriptor is passed on
 * (where Node starts it, none that was opened here).
 *
 * Throws SpawnError (`ENOENT`: no such program or `cwd`, `EACCES`, …), TypeError for bad arguments, RuntimeError in
 * virtual time. A cancel kills the child.
 *
 * @example
 * const child = yield* createSubprocessExec('git', ['log', '--oneline'], { stdout: PIPE });
 * yield* asyncFor(child.stdout!, function* (line) { console.log(String(line)); });
 * const code = yield* child.wait();
 *
 * Differs from asyncio: the arguments are one array; options are Node's where Python's have no meaning here.
 */
export function createSubprocessExec(
  program: string,
  args: readonly string[] = [],
  options: CreateSubprocessOptions = {},
): Coroutine<Process> {
  return create({ program, args }, options);
}

/**
 * Starts a command line in the system's shell (`/bin/sh`, `cmd.exe`), as `createSubprocessExec` does a program. Quoting is
 * the shell's: never put into it what came from outside.
 *
 * @example
 * const child = yield* createSubprocessShell('ls *.ts | wc -l', { stdout: PIPE });
 * const [count] = yield* child.communicate();
 */
export function createSubprocessShell(command: string, options: CreateSubprocessOptions = {}): Coroutine<Process> {
  return create({ shell: command }, options);
}

function* create(command: Command, options: CreateSubprocessOptions): Coroutine<Process> {
  const { limit } = options;
  if (limit !== undefined) checkInteger(limit, 'limit', 1);
  const scheduler = runningScheduler();
  const { processes } = scheduler.loop as { readonly processes: LoopProcesses };
  const make = (): ProcessStreams => new ProcessStreams(scheduler, limit);
  const [transport, streams] = yield* processes.spawn(make, command, options);
  return new Process(transport as ChildTransport, streams);
}
