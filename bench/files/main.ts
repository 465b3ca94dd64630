/** `npm run bench files`: openFile against Node's own fs/promises, on files that are in the system's memory. */
import { mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeMachine, machineLine } from '../lib/machine.ts';
import { listOption, numberOption, parseOptions } from '../lib/options.ts';
import { compiled } from '../lib/place.ts';
import { beUrgent, runToEnd } from '../lib/processes.ts';
import { writeResults } from '../lib/results.ts';
import { summarise } from '../lib/stats.ts';
import { figure, formatTable, ratio } from '../lib/table.ts';
import { FILES, type Figures, JOBS, LARGE, SMALL_BYTES } from './work.ts';

const options = parseOptions(process.argv.slice(2), {
  only: Object.keys(JOBS).join(','),
  rounds: 'each job by each peer (5)',
  folder: 'where the files are made (the system’s folder for temporary files)',
  urgent: 'in real time (root only)',
});

const PEERS = ['fs/promises', 'tsyncio io_uring', 'tsyncio node'];
const PIECE = 1024 * 1024;

function makeFiles(folder: string): void {
  const piece = Buffer.allocUnsafe(PIECE);
  for (let i = 0; i < PIECE; i++) piece[i] = (i * 31 + (i >> 8) * 17) & 0xff;
  const fd = openSync(join(folder, 'large'), 'w');
  for (let at = 0; at < LARGE; at += PIECE) writeSync(fd, piece);
  mkdirSync(join(folder, 'small'));
  for (let i = 0; i < FILES; i++) writeFileSync(join(folder, 'small', String(i)), piece.subarray(0, SMALL_BYTES));
}

async function measure(folder: string): Promise<Map<string, Figures[]>> {
  const all = new Map<string, Figures[]>();
  const rounds = numberOption(options, 'rounds', 5);
  for (let round = 0; round < rounds; round++) {
    for (const job of listOption(options, 'only', Object.keys(JOBS))) {
      for (const peer of PEERS) {
        const ended = await runToEnd({
          program: process.execPath,
          words: [compiled('files/child.js'), peer, job, folder],
        });
        if (ended.code !== 0) throw new Error(`${peer}, ${job}: ${ended.errors}`);
        const key = `${job}|${peer}`;
        all.set(key, [...(all.get(key) ?? []), JSON.parse(ended.output) as Figures]);
      }
    }
  }
  return all;
}

function report(all: ReadonlyMap<string, readonly Figures[]>): void {
  for (const job of listOption(options, 'only', Object.keys(JOBS))) {
    const { unit, title } = JOBS[job]!;
    const of = (peer: string, what: keyof Figures) => summarise(all.get(`${job}|${peer}`)!.map((one) => one[what]));
    const base = of(PEERS[0]!, 'rate').median;
    const baseCpu = of(PEERS[0]!, 'cpuMs').median;
    const rows = PEERS.map((peer) => {
      const { median, spread } = of(peer, 'rate');
      const cpu = of(peer, 'cpuMs').median;
      return [
        peer,
        figure(median),
        `${Math.round(spread * 100)} %`,
        ratio(median / base),
        figure(cpu),
        ratio(cpu / baseCpu),
      ];
    });
    console.log(`\n${title}`);
    console.log(formatTable(['', unit, '±', 'of fs/promises', 'CPU ms', 'of fs/promises'], rows));
  }
}

if (options.has('urgent')) beUrgent();
const machine = describeMachine();
console.log(machineLine(machine));
const folder = mkdtempSync(join(options.get('folder') ?? tmpdir(), 'tsyncio-bench-'));
try {
  makeFiles(folder);
  const all = await measure(folder);
  report(all);
  console.log(`\n${writeResults('files', { machine, ...Object.fromEntries(all) })}`);
} finally {
  rmSync(folder, { recursive: true });
}
