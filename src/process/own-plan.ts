import { type Command, commandLine, commandName, folderOf, type SubprocessOptions } from './command.ts';
import type { OwnPlan } from './start-own-child.ts';
import { checkStdio } from './stdio.ts';

const NUL = '\0';

/**
 * How we would start it ourselves. Undefined where Node is to do it: what posix_spawn cannot do, what was asked for, and
 * all bad arguments that Node has an error for. Throws TypeError for those that it has none for.
 */
export function ownPlan(command: Command, options: SubprocessOptions): OwnPlan | undefined {
  const { env, argv0, startNewSession = false, uid, gid } = options;
  if (process.platform !== 'linux' || process.env.TSYNCIO_SPAWN === 'node' || !mayStart()) return undefined;
  if (uid !== undefined || gid !== undefined || typeof startNewSession !== 'boolean') return undefined;
  const choices = checkStdio(options);
  const cwd = folderOf(options) || undefined;
  const [program, args] = commandLine(command);
  if (program === '' || !isText(cwd) || !isText(argv0)) return undefined;
  const pairs = environment(env);
  const plan = { program, args: [argv0 ?? program, ...args], env: pairs, cwd, newSession: startNewSession };
  const strings = [program, cwd ?? '', ...plan.args, ...pairs];
  if (strings.some((text) => text.includes(NUL))) return undefined;
  return { ...plan, path: (env ?? process.env).PATH, choices, name: commandName(command) };
}

function isText(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}

/** Node's own rules, where `--permission` has it keep some, hold for us too. */
function mayStart(): boolean {
  const { permission } = process as { readonly permission?: { has(scope: string): boolean } };
  return permission === undefined || permission.has('child');
}

/** As Node makes it. */
function environment(env: SubprocessOptions['env']): string[] {
  const given: Readonly<Record<string, unknown>> = env ?? process.env;
  const pairs: string[] = [];
  for (const name in given) {
    const value = given[name];
    if (value !== undefined) pairs.push(`${name}=${value}`);
  }
  // Where coverage is collected, it is of all Node processes below.
  const coverage = process.env.NODE_V8_COVERAGE;
  if (coverage && !Object.hasOwn(given, 'NODE_V8_COVERAGE')) pairs.push(`NODE_V8_COVERAGE=${coverage}`);
  return pairs;
}
