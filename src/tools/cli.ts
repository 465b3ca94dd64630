/**
 * The `tsyncio` command: finds the verb and hands the rest of the line to it. Each verb has a file of its own.
 */
import { readFileSync } from 'node:fs';
import { RUN_HELP, runCommand } from './run.ts';
import { UsageError } from './usage-error.ts';

interface Verb {
  readonly help: string;
  /** Gives the exit code, or undefined when the process ends by itself. */
  readonly command: (args: readonly string[]) => Promise<number | undefined>;
}

const verbs: Record<string, Verb> = {
  run: { help: RUN_HELP, command: runCommand },
};

const HELP = `tsyncio: asyncio for TypeScript

Usage: tsyncio <command> [options]

Commands:
  run <file> [args]   run a program written in TypeScript or JavaScript

Options:
  --help, -h          show this help, or that of a command: tsyncio run --help
  --version, -v       show the version
`;

/** Bad usage, as of most commands: an unknown option, a file that is not there, no main. */
const USAGE_EXIT_CODE = 2;

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

async function dispatch(args: readonly string[]): Promise<number | undefined> {
  const [first, ...rest] = args;
  if (first === '--help' || first === '-h' || first === 'help') {
    process.stdout.write(verbs[rest[0] ?? '']?.help ?? HELP);
    return 0;
  }
  if (first === '--version' || first === '-v') {
    process.stdout.write(`${version()}\n`);
    return 0;
  }
  if (first === undefined) throw new UsageError('a command is missing');
  const verb = Object.hasOwn(verbs, first) ? verbs[first] : undefined;
  if (verb === undefined) {
    const hint = /\.[cm]?[jt]sx?$/.test(first) ? `, did you mean: tsyncio run ${args.join(' ')}` : '';
    throw new UsageError(`unknown ${first.startsWith('-') ? 'option' : 'command'} ${first}${hint}`);
  }
  return verb.command(rest);
}

dispatch(process.argv.slice(2)).then(
  (code) => {
    if (code !== undefined) process.exitCode = code;
  },
  (error: unknown) => {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`tsyncio: ${error.message}\n\nTry: tsyncio --help\n`);
    process.exitCode = USAGE_EXIT_CODE;
  },
);
