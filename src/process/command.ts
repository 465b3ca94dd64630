import { fileURLToPath } from 'node:url';
import { describeValue } from '../core/coroutine.ts';
import type { StdioChoice } from './stdio.ts';

export interface SubprocessOptions extends StdioChoice {
  /** The child's working directory. Default: ours. */
  readonly cwd?: string | URL | undefined;
  /** The child's whole environment. Default: ours. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Runs it in a session and process group of its own, which Ctrl-C does not reach. Default false. */
  readonly startNewSession?: boolean | undefined;
  /** The user and group to run as. */
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  /** Its first argument, where that is to be another than the program. */
  readonly argv0?: string | undefined;
}

/** What is to be run. */
export type Command = { readonly program: string; readonly args: readonly string[] } | { readonly shell: string };

/** The program and its arguments. Throws TypeError for bad ones. */
export function commandLine(command: Command): [string, readonly string[]] {
  const [program, args] = 'shell' in command ? shellCommand(command.shell) : [command.program, command.args];
  check(program, args);
  return [program, args];
}

/** What an error names. */
export function commandName(command: Command): string {
  return 'shell' in command ? command.shell : command.program;
}

export function folderOf({ cwd }: SubprocessOptions): string | undefined {
  return cwd instanceof URL ? fileURLToPath(cwd) : cwd;
}

/** Quoting is the shell's and so the caller's business. */
function shellCommand(line: string): [string, string[]] {
  if (typeof line !== 'string') throw new TypeError(`a shell command must be a string, got ${describeValue(line)}`);
  if (process.platform === 'win32') return [process.env.ComSpec ?? 'cmd.exe', ['/d', '/s', '/c', line]];
  return ['/bin/sh', ['-c', line]];
}

function check(program: unknown, args: unknown): void {
  if (typeof program !== 'string') throw new TypeError(`a program must be a string, got ${describeValue(program)}`);
  if (!Array.isArray(args))
    throw new TypeError(`the arguments must be an array of strings, got ${describeValue(args)}`);
  for (const arg of args as unknown[]) {
    if (typeof arg !== 'string') throw new TypeError(`an argument must be a string, got ${describeValue(arg)}`);
  }
}
