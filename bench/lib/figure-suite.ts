/** What the suites without a load have in common: peers that each give a list of named figures, over and over in turn. */
import { describeMachine, machineLine } from './machine.ts';
import { listOption, numberOption, parseOptions } from './options.ts';
import { beUrgent, type Command, runToEnd } from './processes.ts';
import { writeResults } from './results.ts';
import { type Summary, summarise } from './stats.ts';
import { figure, formatTable, ratio } from './table.ts';

export type NamedFigures = Readonly<Record<string, number>>;

export interface FigurePeer {
  readonly name: string;
  readonly measure: () => Promise<NamedFigures>;
}

export interface FigureSuite {
  readonly name: string;
  /** Above the table: what is measured, and in which unit. */
  readonly title: string;
  /** The peer that the others are compared with. */
  readonly baseline: string;
  readonly peers: readonly FigurePeer[];
  readonly rounds: number;
  readonly quickRounds: number;
}

/** Runs a program that prints its figures as one object on its last line. */
export async function printedFigures(command: Command, cpu = 0): Promise<NamedFigures> {
  const { code, output, errors } = await runToEnd(command, cpu);
  if (code !== 0) throw new Error(errors.trim().split('\n').slice(-12).join('\n') || `ended with ${code}`);
  return JSON.parse(output.trim().split('\n').at(-1)!) as NamedFigures;
}

const OPTIONS = {
  rounds: 'how often each peer is run, in turn',
  peers: 'list; part of a name is enough (the one to compare with is always there)',
  urgent: 'in real time (root only), on a machine that has other work to do',
  quick: 'fewer rounds',
};

interface FigureRun {
  readonly peer: string;
  readonly round: number;
  readonly figures: NamedFigures;
}

type Cells = ReadonlyMap<string, ReadonlyMap<string, Summary>>;

function summariseFigures(runs: readonly FigureRun[]): Cells {
  const names = [...new Set(runs.map(({ peer }) => peer))];
  return new Map(
    names.map((name) => {
      const own = runs.filter(({ peer }) => peer === name);
      const keys = Object.keys(own[0]!.figures);
      return [name, new Map(keys.map((key) => [key, summarise(own.map(({ figures }) => figures[key]!))]))];
    }),
  );
}

function printFigures({ title, baseline }: FigureSuite, cells: Cells): void {
  const base = cells.get(baseline);
  const others = [...cells.keys()].filter((name) => name !== baseline);
  const keys = [...new Set([...cells.values()].flatMap((own) => [...own.keys()]))];
  const rows = keys.map((key) => {
    const of = (name: string): number => cells.get(name)?.get(key)?.median ?? Number.NaN;
    const compared = others.map((name) => `${figure(of(name))} (${ratio(of(name) / of(baseline))})`);
    return [key, ...(base === undefined ? [] : [figure(of(baseline))]), ...compared];
  });
  console.log(`\n${title}\n${formatTable(['', ...(base === undefined ? [] : [baseline]), ...others], rows)}`);
  console.log(`In brackets: how much more than ${baseline}.`);
}

export async function runFigureSuite(suite: FigureSuite): Promise<void> {
  const options = parseOptions(process.argv.slice(2), OPTIONS);
  const rounds = numberOption(options, 'rounds', options.has('quick') ? suite.quickRounds : suite.rounds);
  const wanted = listOption(options, 'peers', ['']);
  const peers = suite.peers.filter(({ name }) => name === suite.baseline || wanted.some((part) => name.includes(part)));
  const machine = describeMachine();
  console.log(machineLine(machine));
  if (options.has('urgent')) beUrgent();
  const runs: FigureRun[] = [];
  const failures = new Set<string>();
  for (let round = 1; round <= rounds; round += 1) {
    for (const peer of peers) {
      process.stderr.write(`\r${round}/${rounds} ${peer.name.padEnd(30)}`);
      try {
        runs.push({ peer: peer.name, round, figures: await peer.measure() });
      } catch (error) {
        failures.add(`${peer.name}: ${(error as Error).message}`);
      }
    }
  }
  process.stderr.write(`\r${' '.repeat(40)}\r`);
  const cells = summariseFigures(runs);
  printFigures(suite, cells);
  for (const failure of failures) console.error(`\nfailed: ${failure}`);
  const medians = Object.fromEntries([...cells].map(([peer, own]) => [peer, Object.fromEntries(own)]));
  console.log(`\n${writeResults(suite.name, { machine, medians, runs } as { machine: typeof machine })}`);
  if (failures.size > 0) process.exitCode = 1;
}
