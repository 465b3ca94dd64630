/**
 * An error that nobody caught, as the program's author wants to read it: what, and the program's own frames from the
 * inside out, with causes and the members of groups below.
 */
import { relative } from 'node:path';
import { formatFrame, parseFrames } from '../core/frames.ts';
import { nodeUtil } from '../node/builtins.ts';

export interface ProblemOptions {
  /** Whole stacks, with the library's frames and Node's. */
  readonly debug: boolean;
}

const INDENT = '  ';
/** Causes and groups can lie in each other; nobody reads on below this depth. */
const DEEPEST = 10;

/** The text of any thrown value, without a newline at its end. */
export function formatProblem(error: unknown, options: ProblemOptions): string {
  return linesOf(error, options, 0, new Set()).join('\n');
}

function linesOf(error: unknown, options: ProblemOptions, depth: number, seen: Set<unknown>): string[] {
  if (!(error instanceof Error)) return [`not an Error was thrown: ${nodeUtil().inspect(error)}`];
  if (seen.has(error)) return [`${headerOf(error)} (see above)`];
  seen.add(error);
  const lines = [...headerOf(error).split('\n'), ...framesOf(error, options)];
  if (depth >= DEEPEST) return lines;
  const members: unknown[] = error instanceof AggregateError ? error.errors : [];
  for (const [index, member] of members.entries()) {
    const text = linesOf(member, options, depth + 1, seen);
    lines.push(`${INDENT}[${index + 1} of ${members.length}] ${text[0]}`, ...indent(text.slice(1)));
  }
  if (error.cause !== undefined && error.cause !== null) {
    const text = linesOf(error.cause, options, depth + 1, seen);
    lines.push(`${INDENT}caused by ${text[0]}`, ...indent(text.slice(1)));
  }
  return lines;
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => INDENT + line);
}

function headerOf(error: Error): string {
  return error.message === '' ? error.name : `${error.name}: ${error.message}`;
}

function framesOf(error: Error, { debug }: ProblemOptions): string[] {
  if (debug) return (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return parseFrames(error.stack).map((frame) => {
    const file = relative(process.cwd(), frame.file);
    return `${INDENT}${INDENT}${formatFrame(file.startsWith('..') ? frame : { ...frame, file })}`;
  });
}
