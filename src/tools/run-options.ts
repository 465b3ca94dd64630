import { parseArgs } from 'node:util';
import { UsageError } from './usage-error.ts';

export interface RunOptions {
  readonly debug: boolean;
  readonly io: string | undefined;
  readonly help: boolean;
  /** Undefined only with `help`. */
  readonly file: string | undefined;
  /** What comes after the file: the program's own. */
  readonly args: readonly string[];
}

const IO = ['auto', 'io_uring', 'epoll', 'node'];

const options = {
  debug: { type: 'boolean' },
  io: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** Where the program's part of the line begins: options after the file are not ours. */
function indexOfFile(argv: readonly string[]): number {
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true });
  return tokens.find((token) => token.kind === 'positional')?.index ?? argv.length;
}

/** Reads the line after `tsyncio run`. Throws UsageError. */
export function parseRunOptions(argv: readonly string[]): RunOptions {
  const at = indexOfFile(argv);
  const { debug = false, io, help = false } = parseOwn(argv.slice(0, at));
  if (io !== undefined && !IO.includes(io)) {
    throw new UsageError(`--io must be one of ${IO.join(', ')}, got ${io}`);
  }
  const file = argv[at];
  if (file === undefined && !help) throw new UsageError('run needs a file: tsyncio run <file> [args]');
  return { debug, io, help, file, args: argv.slice(at + 1) };
}

function parseOwn(args: readonly string[]): { debug?: boolean; io?: string; help?: boolean } {
  try {
    return parseArgs({ args: [...args], options, strict: true }).values;
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}
