import type { StdioOptions } from 'node:child_process';
import { describeValue } from '../core/coroutine.ts';

/** A new pipe between us and the child. */
export const PIPE = 'pipe';
/** Nothing comes from it, and what goes to it is dropped. */
export const DEVNULL = 'devnull';
/** For stderr: where stdout goes. */
export const STDOUT = 'stdout';

/** Undefined: the child shares ours. A number: a file descriptor of this process. */
export type Stdio = typeof PIPE | typeof DEVNULL | number | undefined;

export interface StdioChoice {
  readonly stdin?: Stdio;
  readonly stdout?: Stdio;
  readonly stderr?: Stdio | typeof STDOUT;
}

/** What the protocols of subprocesses get by default. */
export const ALL_PIPES: StdioChoice = { stdin: PIPE, stdout: PIPE, stderr: PIPE };

export interface NodeStdio {
  readonly stdio: StdioOptions;
  /** Both outputs go into one new pipe, which Node cannot do by itself. */
  readonly merge: boolean;
}

/** A choice, checked. */
export type Chosen = 'pipe' | 'ignore' | number;

/** What the three descriptors are to be; `STDOUT`: as the second. Throws TypeError for what is none of the choices. */
export function checkStdio({ stdin, stdout, stderr }: StdioChoice): [Chosen, Chosen, Chosen | typeof STDOUT] {
  return [one(stdin, 'stdin', 0), one(stdout, 'stdout', 1), stderr === STDOUT ? STDOUT : one(stderr, 'stderr', 2)];
}

/** In Node's words. Throws TypeError for what is none of the choices. */
export function nodeStdio(choice: StdioChoice): NodeStdio {
  const [first, second, third] = checkStdio(choice);
  if (third !== STDOUT) return { stdio: [first, second, third], merge: false };
  // The descriptor 2 is made by the shell in that case: see `merged`.
  return { stdio: [first, second, second === 'pipe' ? 'ignore' : second], merge: second === 'pipe' };
}

function one(choice: Stdio, name: string, fd: number): Chosen {
  if (choice === undefined) return fd;
  if (choice === PIPE) return 'pipe';
  if (choice === DEVNULL) return 'ignore';
  if (typeof choice === 'number' && Number.isInteger(choice) && choice >= 0) return choice;
  throw new TypeError(
    `${name} must be PIPE, DEVNULL, a file descriptor or undefined${name === 'stderr' ? ', or STDOUT' : ''}, got ${describeValue(choice)}`,
  );
}
