/** `npm run bench:core`: what a task costs, here and elsewhere. */
import { existsSync } from 'node:fs';
import { describeMachine, machineLine } from '../lib/machine.ts';
import { listOption, numberOption, parseOptions } from '../lib/options.ts';
import { BENCH, compiled } from '../lib/place.ts';
import { beUrgent, type Command, runToEnd } from '../lib/processes.ts';
import { findPython } from '../lib/python.ts';
import { writeResults } from '../lib/results.ts';
import { type Summary, summarise } from '../lib/stats.ts';
import { figure, formatTable, ratio } from '../lib/table.ts';
import {
  CHAIN_DEPTH,
  EVENT_ROUNDS,
  LOCKING_TASKS,
  LONG_MS,
  QUEUE_SIZE,
  SWITCHING_TASKS,
  WORKLOADS,
  type WorkloadName,
} from './workload.ts';

interface PeerCommand {
  readonly name: string;
  readonly command: (workload: WorkloadName, scale: number) => Command;
}

interface Run {
  readonly peer: string;
  readonly workload: WorkloadName;
  readonly round: number;
  readonly perOp?: number;
  readonly error?: string;
}

const options = parseOptions(process.argv.slice(2), {
  only: `workloads, of ${Object.keys(WORKLOADS).join(',')}`,
  peers: 'of tsyncio,tsyncio-virtual,tsyncio-mixed,native,effect,effection,asyncio,uvloop',
  rounds: 'how often each is run, in turn (5)',
  scale: 'factor on the number of operations (1)',
  urgent: 'in real time (root only), on a machine that has other work to do',
  quick: 'two rounds, a tenth of the operations: to see that it works, not to be believed',
});

const node = (file: string, env: Record<string, string> = {}): PeerCommand['command'] => {
  return (workload, scale) => ({
    program: process.execPath,
    words: ['--expose-gc', compiled('core/child.js'), file, workload, String(scale)],
    env,
  });
};

function python(loop: string): PeerCommand['command'] {
  return (workload, scale) => {
    const n = Math.max(1000, Math.round(WORKLOADS[workload].n * scale));
    const sizes = {
      n,
      switchingTasks: SWITCHING_TASKS,
      lockingTasks: LOCKING_TASKS,
      eventRounds: EVENT_ROUNDS,
      queueSize: QUEUE_SIZE,
      chainDepth: CHAIN_DEPTH,
      longMs: LONG_MS,
    };
    const script = `${BENCH}core/peers/asyncio_peer.py`;
    return { program: findPython()!.program, words: [script, workload, loop, JSON.stringify(sizes)] };
  };
}

function availablePeers(): PeerCommand[] {
  const peers: PeerCommand[] = [
    { name: 'tsyncio', command: node('tsyncio', { TSYNCIO_BENCH_CLOCK: 'real' }) },
    { name: 'tsyncio-virtual', command: node('tsyncio', { TSYNCIO_BENCH_CLOCK: 'virtual' }) },
    { name: 'tsyncio-mixed', command: node('tsyncio', { TSYNCIO_BENCH_MIXED: '1' }) },
    { name: 'native', command: node('native') },
  ];
  for (const name of ['effect', 'effection']) {
    if (existsSync(`${BENCH}node_modules/${name}`)) peers.push({ name, command: node(name) });
    else console.log(`without ${name}: not installed (npm ci --prefix bench)`);
  }
  const found = findPython();
  if (found === undefined) console.log('without asyncio: no python3');
  else peers.push({ name: 'asyncio', command: python('asyncio') });
  if (found?.uvloop !== undefined) peers.push({ name: 'uvloop', command: python('uvloop') });
  return peers;
}

async function measure(peer: PeerCommand, workload: WorkloadName, round: number, scale: number): Promise<Run> {
  const { code, output, errors } = await runToEnd(peer.command(workload, scale), 0);
  const at = { peer: peer.name, workload, round };
  if (code !== 0) return { ...at, error: errors.trim().split('\n').slice(-12).join('\n') };
  return { ...at, ...(JSON.parse(output.trim().split('\n').at(-1)!) as { perOp: number }) };
}

function printTable(names: readonly string[], workloads: readonly WorkloadName[], cells: Map<string, Summary>): void {
  const rows = workloads.map((workload) => {
    const of = (peer: string): number => cells.get(`${peer} ${workload}`)?.median ?? Number.NaN;
    const ours = of('tsyncio');
    const others = names.filter((name) => name !== 'tsyncio');
    return [workload, figure(ours), ...others.map((name) => `${figure(of(name))} (${ratio(of(name) / ours)})`)];
  });
  const others = names.filter((name) => name !== 'tsyncio');
  console.log(`\n${formatTable(['ns per operation', 'tsyncio', ...others], rows)}`);
  console.log('In brackets: how much longer that one takes than tsyncio (memory: bytes, and how much more).');
}

async function main(): Promise<void> {
  const quick = options.has('quick');
  if (options.has('urgent')) beUrgent();
  const rounds = numberOption(options, 'rounds', quick ? 2 : 5);
  const scale = numberOption(options, 'scale', quick ? 0.1 : 1);
  const known = availablePeers();
  const wanted = listOption(
    options,
    'peers',
    known.map((peer) => peer.name),
  );
  const peers = known.filter((peer) => wanted.includes(peer.name));
  const workloads = listOption(options, 'only', Object.keys(WORKLOADS)) as WorkloadName[];
  for (const name of workloads) if (!(name in WORKLOADS)) throw new Error(`no workload ${name}`);
  const machine = describeMachine();
  console.log(machineLine(machine));
  const runs: Run[] = [];
  for (let round = 1; round <= rounds; round++) {
    for (const workload of workloads) {
      for (const peer of peers) {
        process.stderr.write(`\rround ${round}/${rounds}: ${`${workload}, ${peer.name}`.padEnd(40)}`);
        runs.push(await measure(peer, workload, round, scale));
      }
    }
  }
  process.stderr.write(`\r${' '.repeat(60)}\r`);
  report(
    machine,
    peers.map((peer) => peer.name),
    workloads,
    runs,
  );
}

function report(
  machine: ReturnType<typeof describeMachine>,
  names: readonly string[],
  workloads: readonly WorkloadName[],
  runs: readonly Run[],
): void {
  const cells = new Map<string, Summary>();
  const failures = new Set<string>();
  for (const name of names) {
    for (const workload of workloads) {
      const own = runs.filter((run) => run.peer === name && run.workload === workload);
      const values = own.flatMap((run) => (run.perOp === undefined ? [] : [run.perOp]));
      if (values.length > 0) cells.set(`${name} ${workload}`, summarise(values));
      for (const run of own) if (run.error !== undefined) failures.add(`${name}, ${workload}:\n${run.error}`);
    }
  }
  printTable(names, workloads, cells);
  for (const workload of workloads) console.log(`  ${workload.padEnd(8)} ${WORKLOADS[workload].about}`);
  for (const failure of failures) console.error(`\nfailed: ${failure}`);
  const medians = Object.fromEntries(cells);
  console.log(`\n${writeResults('core', { machine, medians, runs } as { machine: typeof machine })}`);
  if (failures.size > 0) process.exitCode = 1;
}

await main();
