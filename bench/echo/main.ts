/** `npm run bench`: TCP echo over loopback, tsyncio and its peers, one after the other, again and again. */
import { compileC, NoCompiler } from '../lib/compile-c.ts';
import { describeMachine, machineLine } from '../lib/machine.ts';
import { listOption, numberOption, numbersOption, parseOptions } from '../lib/options.ts';
import { beUrgent, canPin } from '../lib/processes.ts';
import { writeResults } from '../lib/results.ts';
import { type Figures, measureEcho, type Shape, shapeWords } from './measure.ts';
import { printShape, type Run, summariseRuns } from './report.ts';
import { BASELINE, type EchoServer, findServers } from './servers.ts';

const options = parseOptions(process.argv.slice(2), {
  connections: 'list (1,64,512)',
  size: 'bytes a message, list (64,16384)',
  depth: 'messages under way per connection, list (1,16)',
  seconds: 'measured, per run (2)',
  warmup: 'seconds before that (1)',
  rounds: 'how often each server is run, in turn (5)',
  only: `names of servers, list; part of a name is enough (${BASELINE} is always there)`,
  urgent: 'in real time (root only), on a machine that has other work to do',
  quick: '64 connections, 64 bytes, one second, three rounds',
});

function shapes(quick: boolean): Shape[] {
  const list = numbersOption(options, 'connections', quick ? [64] : [1, 64, 512]);
  const sizes = numbersOption(options, 'size', quick ? [64] : [64, 16_384]);
  const depths = numbersOption(options, 'depth', [1, 16]);
  return sizes.flatMap((size) =>
    depths.flatMap((depth) => list.map((connections): Shape => ({ connections, size, depth }))),
  );
}

async function attempt(load: string, server: EchoServer, words: readonly string[]): Promise<Figures | string> {
  try {
    return await measureEcho(load, server, words);
  } catch (error) {
    return (error as Error).message;
  }
}

async function measureShape(
  load: string,
  servers: readonly EchoServer[],
  shape: Shape,
  quick: boolean,
): Promise<Run[]> {
  const rounds = numberOption(options, 'rounds', quick ? 3 : 5);
  const seconds = numberOption(options, 'seconds', quick ? 1 : 2);
  const warmup = numberOption(options, 'warmup', quick ? 0.7 : 1);
  const words = [...shapeWords(shape), '--seconds', String(seconds), '--warmup', String(warmup)];
  const runs: Run[] = [];
  for (let round = 1; round <= rounds; round++) {
    for (const server of servers) {
      process.stderr.write(`\r${round}/${rounds} ${server.name.padEnd(30)}`);
      runs.push({ server: server.name, round, shape, result: await attempt(load, server, words) });
    }
  }
  process.stderr.write(`\r${' '.repeat(40)}\r`);
  return runs;
}

async function main(): Promise<void> {
  const load = compileC('load/echo-load.c');
  const { servers: all, without } = findServers();
  const only = listOption(options, 'only', ['']);
  const servers = all.filter(({ name }) => name === BASELINE || only.some((part) => name.includes(part)));
  const machine = describeMachine();
  console.log(machineLine(machine));
  for (const line of without) console.log(`without ${line}`);
  if (!canPin) console.log('without taskset: server and load share the CPUs, and the figures are worth little');
  const quick = options.has('quick');
  if (options.has('urgent')) beUrgent();
  const runs: Run[] = [];
  for (const shape of shapes(quick)) {
    const own = await measureShape(load, servers, shape, quick);
    printShape(shape, own);
    runs.push(...own);
  }
  const failed = runs.filter((run) => typeof run.result === 'string');
  for (const run of failed) console.error(`\nfailed: ${run.server}, round ${run.round}: ${run.result}`);
  const result = { machine, pinned: canPin, summary: summariseRuns(runs), runs };
  console.log(`\n${writeResults('echo', result)}`);
  if (failed.length > 0) process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  if (!(error instanceof NoCompiler)) throw error;
  console.error(`bench: the load generator is a C program: ${error.message}`);
  process.exitCode = 1;
}
