/** Counts which operations the programs reached and with which outcomes, since a generator that reaches nothing agrees with everything. */
import { LATER, NOW } from './generate/catalog.ts';
import { operations, type Program, type Trace } from './program.ts';

const EVENT = /^\S+ (\S+) #(\d+) (.*)$/;

function outcomeClass(outcome: string): string {
  const thrown = /^!(\w+)/.exec(outcome);
  if (thrown !== null) return thrown[1]!;
  if (outcome.startsWith('caught ')) return 'caught';
  return outcome === 'none' ? 'nothing there' : 'ok';
}

export class Coverage {
  /** Operation → outcome → how often. */
  readonly outcomes = new Map<string, Map<string, number>>();
  programs = 0;
  events = 0;
  eager = 0;
  deadlocks = 0;
  budgets = 0;
  /** Programs in which two tasks had events at one instant after time had moved. */
  ties = 0;
  nestedGroups = 0;
  nestedTimeouts = 0;

  add(program: Program, trace: Trace): void {
    this.programs += 1;
    this.events += trace.length;
    if (program.eager) this.eager += 1;
    if (trace.at(-1)?.endsWith('DEADLOCK')) this.deadlocks += 1;
    if (trace.at(-1)?.endsWith('BUDGET')) this.budgets += 1;
    if (tied(trace)) this.ties += 1;
    if (nests(program, 'group')) this.nestedGroups += 1;
    if (nests(program, 'timeout')) this.nestedTimeouts += 1;
    const names = new Map([...operations(program)].map((op) => [op.id, op.op]));
    for (const event of trace) {
      const found = EVENT.exec(event);
      const name = found === null ? undefined : names.get(Number(found[2]));
      if (name !== undefined) this.#count(name, outcomeClass(found![3]!));
    }
  }

  #count(name: string, outcome: string): void {
    let counts = this.outcomes.get(name);
    if (counts === undefined) this.outcomes.set(name, (counts = new Map()));
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  }

  count(name: string, outcome?: string): number {
    const counts = this.outcomes.get(name);
    if (outcome !== undefined) return counts?.get(outcome) ?? 0;
    return [...(counts?.values() ?? [])].reduce((sum, count) => sum + count, 0);
  }

  /** Operations that never occurred. */
  missing(): string[] {
    // A `return` leaves no event of its own.
    return [...Object.keys(NOW), ...Object.keys(LATER)].filter((name) => name !== 'return' && this.count(name) === 0);
  }

  /** Operations that may suspend and were never cancelled there. */
  neverCancelled(): string[] {
    return Object.keys(LATER).filter((name) => name !== 'return' && this.count(name, 'CancelledError') === 0);
  }

  toString(): string {
    const rows = [...this.outcomes]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, counts]) => {
        const texts = [...counts].sort((a, b) => b[1] - a[1]).map(([outcome, count]) => `${outcome} ${count}`);
        return `${name.padEnd(13)} ${texts.join(', ')}`;
      });
    const { programs, events, eager, ties, nestedGroups, nestedTimeouts, deadlocks, budgets } = this;
    return [
      `${programs} programs, ${events} events; eager ${eager}, ties ${ties}, nested groups ${nestedGroups}, nested timeouts ${nestedTimeouts}, deadlocks ${deadlocks}, cut off ${budgets}`,
      ...rows,
    ].join('\n');
  }
}

function tied(trace: Trace): boolean {
  const seen = new Map<string, string>();
  for (const event of trace) {
    const [time, task] = event.split(' ', 2) as [string, string];
    if (time === '0' || task === '-') continue;
    const other = seen.get(time);
    if (other !== undefined && other !== task) return true;
    seen.set(time, task);
  }
  return false;
}

function nests(program: Program, name: string): boolean {
  for (const op of operations(program)) {
    if (op.op !== name) continue;
    for (const inner of op.ops ?? []) if (inner.op === name || inner.ops?.some((deep) => deep.op === name)) return true;
  }
  return false;
}
