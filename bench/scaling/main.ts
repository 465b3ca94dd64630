/** `npm run bench scaling`: what a task and a timer cost as they grow in number. */
import { printedFigures } from '../lib/figure-suite.ts';
import { describeMachine, machineLine } from '../lib/machine.ts';
import { listOption, numberOption, numbersOption, parseOptions } from '../lib/options.ts';
import { compiled } from '../lib/place.ts';
import { beUrgent } from '../lib/processes.ts';
import { writeResults } from '../lib/results.ts';
import { median, summarise } from '../lib/stats.ts';
import { figure, formatTable, percent, ratio } from '../lib/table.ts';
import { COUNTS, WORKLOADS, type WorkloadName } from './workload.ts';

const PEERS = ['tsyncio', 'native'];

interface Run {
  readonly peer: string;
  readonly workload: WorkloadName;
  readonly n: number;
  readonly round: number;
  readonly ns: number;
  readonly collectorShare: number;
}

const options = parseOptions(process.argv.slice(2), {
  only: `workloads, of ${Object.keys(WORKLOADS).join(',')}`,
  peers: `of ${PEERS.join(',')}`,
  counts: 'list of n: how many at once',
  rounds: 'how often each is run, in turn (3)',
  urgent: 'in real time (root only), on a machine that has other work to do',
  quick: 'one round, up to 10,000: to see that it works, not to be believed',
});
const quick = options.has('quick');
const rounds = numberOption(options, 'rounds', quick ? 1 : 3);
const counts = numbersOption(options, 'counts', quick ? COUNTS.slice(0, 3) : COUNTS);
const peers = listOption(options, 'peers', PEERS);
const workloads = listOption(options, 'only', Object.keys(WORKLOADS)) as WorkloadName[];
for (const name of workloads) if (!(name in WORKLOADS)) throw new Error(`no workload ${name}`);

async function measure(peer: string, workload: WorkloadName, n: number, round: number): Promise<Run> {
  const words = ['--expose-gc', compiled('scaling/child.js'), peer, workload, String(n)];
  const { ns, collectorShare } = await printedFigures({ program: process.execPath, words });
  return { peer, workload, n, round, ns: ns!, collectorShare: collectorShare! };
}

function printCurve(workload: WorkloadName, runs: readonly Run[]): void {
  const of = (peer: string, n: number, key: 'ns' | 'collectorShare'): number =>
    median(runs.filter((run) => run.workload === workload && run.peer === peer && run.n === n).map((run) => run[key]));
  const rows = peers.flatMap((peer) => [
    [`${peer}, ns`, ...counts.map((n) => figure(of(peer, n, 'ns')))],
    ['  × the first', ...counts.map((n) => ratio(of(peer, n, 'ns') / of(peer, counts[0]!, 'ns')))],
    ['  in the collector', ...counts.map((n) => percent(of(peer, n, 'collectorShare')))],
  ]);
  const [first, second] = peers;
  if (second !== undefined) {
    rows.push([`${first} / ${second}`, ...counts.map((n) => ratio(of(first!, n, 'ns') / of(second, n, 'ns')))]);
  }
  const head = [workload, ...counts.map((n) => n.toLocaleString('en-US'))];
  console.log(`\n${WORKLOADS[workload]}\n${formatTable(head, rows)}`);
}

const machine = describeMachine();
console.log(machineLine(machine));
if (options.has('urgent')) beUrgent();
const runs: Run[] = [];
for (let round = 1; round <= rounds; round += 1) {
  for (const workload of workloads) {
    for (const n of counts) {
      for (const peer of peers) {
        process.stderr.write(`\r${round}/${rounds} ${`${workload}, ${n}, ${peer}`.padEnd(40)}`);
        runs.push(await measure(peer, workload, n, round));
      }
    }
  }
}
process.stderr.write(`\r${' '.repeat(60)}\r`);
for (const workload of workloads) printCurve(workload, runs);
const medians = Object.fromEntries(
  [...new Set(runs.map(({ workload, peer, n }) => `${workload} ${peer} ${n}`))].map((key) => [
    key,
    summarise(runs.filter((run) => `${run.workload} ${run.peer} ${run.n}` === key).map(({ ns }) => ns)),
  ]),
);
console.log(`\n${writeResults('scaling', { machine, medians, runs } as { machine: typeof machine })}`);
