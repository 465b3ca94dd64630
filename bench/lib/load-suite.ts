/** What the suites with a server and a load have in common: shapes × servers × rounds, tables, JSON. */
import { NoCompiler } from './compile-c.ts';
import { type Figures, measureLoad, type Shape, shapeWords } from './load.ts';
import { printShape, type Run, summariseRuns } from './load-report.ts';
import { describeMachine, machineLine } from './machine.ts';
import { listOption, numberOption, numbersOption, type Options, parseOptions } from './options.ts';
import { beUrgent, canPin } from './processes.ts';
import { writeResults } from './results.ts';
import { type BenchServer, type Found, sortOut } from './servers.ts';

export interface LoadSuite {
  readonly name: string;
  /** The server with which the others are compared; it is always there. */
  readonly baseline: string;
  /** What is counted: "msg", "req", "conn". */
  readonly unit: string;
  readonly servers: () => readonly Found[];
  /** Compiles the load generator and gives its path. */
  readonly load: () => string;
  readonly shapes: readonly Shape[];
  /** For `--quick`. */
  readonly quickShape: Shape;
  /** In words, above the table. */
  readonly title: (shape: Shape) => string;
}

export const shape = (connections: number, size: number, depth: number): Shape => ({ connections, size, depth });

const OPTIONS = {
  connections: 'list; with --size and --depth every combination, instead of the usual shapes',
  size: 'bytes a message, list',
  depth: 'messages under way per connection, list',
  seconds: 'measured, per run (2)',
  warmup: 'seconds before that (1)',
  rounds: 'how often each server is run, in turn (5)',
  only: 'names of servers, list; part of a name is enough (the one to compare with is always there)',
  urgent: 'in real time (root only), on a machine that has other work to do',
  quick: 'one shape, one second, three rounds',
};

function shapesOf({ shapes, quickShape }: LoadSuite, options: Options): readonly Shape[] {
  const told = ['connections', 'size', 'depth'].some((name) => options.has(name));
  if (!told) return options.has('quick') ? [quickShape] : shapes;
  const of = (name: keyof Shape): readonly number[] => numbersOption(options, name, [quickShape[name]]);
  return of('size').flatMap((size) =>
    of('depth').flatMap((depth) => of('connections').map((connections) => shape(connections, size, depth))),
  );
}

async function attempt(load: string, server: BenchServer, words: readonly string[]): Promise<Figures | string> {
  try {
    return await measureLoad(load, server, words);
  } catch (error) {
    return (error as Error).message;
  }
}

async function measureShape(
  load: string,
  servers: readonly BenchServer[],
  one: Shape,
  options: Options,
): Promise<Run[]> {
  const quick = options.has('quick');
  const rounds = numberOption(options, 'rounds', quick ? 3 : 5);
  const seconds = numberOption(options, 'seconds', quick ? 1 : 2);
  const warmup = numberOption(options, 'warmup', quick ? 0.7 : 1);
  const words = [...shapeWords(one), '--seconds', String(seconds), '--warmup', String(warmup)];
  const runs: Run[] = [];
  for (let round = 1; round <= rounds; round++) {
    for (const server of servers) {
      process.stderr.write(`\r${round}/${rounds} ${server.name.padEnd(30)}`);
      runs.push({ server: server.name, round, shape: one, result: await attempt(load, server, words) });
    }
  }
  process.stderr.write(`\r${' '.repeat(40)}\r`);
  return runs;
}

async function run(suite: LoadSuite, options: Options): Promise<readonly Run[]> {
  const load = suite.load();
  const { servers: all, without } = sortOut(suite.servers());
  const only = listOption(options, 'only', ['']);
  const servers = all.filter(({ name }) => name === suite.baseline || only.some((part) => name.includes(part)));
  const machine = describeMachine();
  console.log(machineLine(machine));
  for (const line of without) console.log(`without ${line}`);
  if (!canPin) console.log('without taskset: server and load share the CPUs, and the figures are worth little');
  if (options.has('urgent')) beUrgent();
  const runs: Run[] = [];
  for (const one of shapesOf(suite, options)) {
    const own = await measureShape(load, servers, one, options);
    printShape(suite, one, own);
    runs.push(...own);
  }
  const failed = runs.filter((run) => typeof run.result === 'string');
  for (const run of failed) console.error(`\nfailed: ${run.server}, round ${run.round}: ${run.result}`);
  const result = { machine, pinned: canPin, summary: summariseRuns(runs), runs };
  console.log(`\n${writeResults(suite.name, result)}`);
  if (failed.length > 0) process.exitCode = 1;
  return runs;
}

/** Runs the suite with the options of the command line; the runs, or none when there is no load generator. */
export async function runLoadSuite(suite: LoadSuite): Promise<readonly Run[]> {
  const options = parseOptions(process.argv.slice(2), OPTIONS);
  try {
    return await run(suite, options);
  } catch (error) {
    if (!(error instanceof NoCompiler)) throw error;
    console.error(`bench: the load generator is a C program: ${error.message}`);
    process.exitCode = 1;
    return [];
  }
}
