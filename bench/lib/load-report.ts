import type { Figures, Shape } from './load.ts';
import type { LoadSuite } from './load-suite.ts';
import { type Summary, summarise } from './stats.ts';
import { figure, formatTable, percent, ratio } from './table.ts';

export interface Run {
  readonly server: string;
  readonly round: number;
  readonly shape: Shape;
  /** Or why there is none. */
  readonly result: Figures | string;
}

const COLUMNS = [
  'messagesPerSecond',
  'megabytesPerSecond',
  'p50Us',
  'p99Us',
  'p999Us',
  'serverCpuUsPerMessage',
  'serverCpu',
  'loadCpu',
] as const;
type Column = (typeof COLUMNS)[number];
type Cells = Readonly<Record<Column, Summary>>;

/** Above this part of its CPU the load generator may be what limits, unless the server is as busy itself. */
const LOAD_LIMIT = 0.97;

function cells(runs: readonly Run[]): Cells | undefined {
  const figures = runs.flatMap((run) => (typeof run.result === 'string' ? [] : [run.result]));
  if (figures.length === 0) return undefined;
  const entries = COLUMNS.map((column) => [column, summarise(figures.map((one) => one[column]))]);
  return Object.fromEntries(entries) as Cells;
}

const names = (runs: readonly Run[]): string[] => [...new Set(runs.map((run) => run.server))];

function row(name: string, own: Cells, base: Cells | undefined): string[] {
  const against = (column: Column): string => (base ? ratio(own[column].median / base[column].median) : '–');
  const loadBound = own.loadCpu.median > LOAD_LIMIT && own.serverCpu.median < LOAD_LIMIT;
  return [
    loadBound ? `${name} *` : name,
    figure(own.messagesPerSecond.median),
    percent(own.messagesPerSecond.spread),
    against('messagesPerSecond'),
    figure(own.p50Us.median),
    figure(own.p99Us.median),
    figure(own.p999Us.median),
    figure(own.serverCpuUsPerMessage.median),
    against('serverCpuUsPerMessage'),
    percent(own.serverCpu.median),
    percent(own.loadCpu.median),
  ];
}

const headOf = (unit: string, baseline: string): string[] => {
  const times = `× ${baseline.replace('node:', '')}`;
  const latencies = ['p50 µs', 'p99 µs', 'p99.9'];
  return ['server', `${unit}/s`, '±', times, ...latencies, `CPU µs/${unit}`, times, 'server', 'load'];
};

export function printShape(suite: LoadSuite, shape: Shape, runs: readonly Run[]): void {
  const base = cells(runs.filter((run) => run.server === suite.baseline));
  const rows = names(runs).flatMap((name) => {
    const own = cells(runs.filter((run) => run.server === name));
    return own === undefined ? [] : [row(name, own, base)];
  });
  console.log(`\n${suite.title(shape)}\n${formatTable(headOf(suite.unit, suite.baseline), rows)}`);
  if (rows.some(([name]) => name!.endsWith('*'))) console.log('* the load generator was the limit');
}

export interface ShapeSummary extends Shape {
  readonly servers: Readonly<Record<string, Cells>>;
}

export function summariseRuns(runs: readonly Run[]): ShapeSummary[] {
  return [...new Set(runs.map((run) => run.shape))].map((shape) => {
    const own = runs.filter((run) => run.shape === shape);
    const entries = names(own).flatMap((name) => {
      const found = cells(own.filter((run) => run.server === name));
      return found === undefined ? [] : [[name, found] as const];
    });
    return { ...shape, servers: Object.fromEntries(entries) };
  });
}
