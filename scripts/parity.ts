/**
 * Writes docs/parity.md: every public name of asyncio 3.14 with ours beside it, or the reason why there is none.
 *
 *   npm run parity
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { exportedNames, membersOf } from './parity-exports.ts';
import { MEMBERS_FROM, REASONS, RENAMES } from './parity-reasons.ts';

const REFERENCE = new URL('../docs/reference/asyncio-3.14-api.json', import.meta.url);
export const PAGE = new URL('../docs/parity.md', import.meta.url);

interface Entry {
  readonly kind: 'class' | 'function' | 'constant';
  readonly members?: Readonly<Record<string, string>>;
}

/** One name of asyncio; it has a counterpart, or a reason, or is unexplained. */
export interface Row {
  /** `name` or `Class.member`. */
  readonly key: string;
  readonly theirs: string;
  readonly ours: string | undefined;
  readonly reason: string | undefined;
}

export interface ParityClass {
  readonly row: Row;
  readonly members: readonly Row[];
}

export interface Parity {
  readonly python: string;
  readonly plain: readonly Row[];
  readonly classes: readonly ParityClass[];
}

/** Case and underscores do not count, except that classes begin with a capital letter. */
const sameSpelling = (name: string): string => name.slice(0, 1) + name.slice(1).replaceAll('_', '').toLowerCase();

function find(key: string, theirs: string, candidates: Iterable<string>): string | undefined {
  const names = [...candidates];
  const renamed = RENAMES[key] ?? RENAMES[`*.${theirs}`];
  if (renamed !== undefined) return names.find((name) => name === renamed);
  const spelling = sameSpelling(theirs);
  return names.find((name) => name === theirs) ?? names.find((name) => sameSpelling(name) === spelling);
}

function rowOf(key: string, theirs: string, candidates: Iterable<string>): Row {
  return { key, theirs, ours: find(key, theirs, candidates), reason: REASONS[key] ?? REASONS[`*.${theirs}`] };
}

function classOf(name: string, entry: Entry): ParityClass {
  const row = rowOf(name, name, exportedNames);
  if (row.ours === undefined) return { row, members: [] };
  const own = membersOf(MEMBERS_FROM[name] ?? row.ours);
  const members = Object.keys(entry.members ?? {}).map((member) => rowOf(`${name}.${member}`, member, own));
  return { row, members };
}

export function readParity(): Parity {
  const reference = JSON.parse(readFileSync(REFERENCE, 'utf8')) as { python: string; asyncio: Record<string, Entry> };
  const entries = Object.entries(reference.asyncio);
  return {
    python: reference.python,
    plain: entries.filter(([, e]) => e.kind !== 'class').map(([name]) => rowOf(name, name, exportedNames)),
    classes: entries.filter(([, e]) => e.kind === 'class').map(([name, e]) => classOf(name, e)),
  };
}

/** Reasons for what is here all the same, or never was in asyncio: to be deleted. */
export function needlessReasons(parity: Parity): string[] {
  const needed = new Set<string>();
  for (const { key, theirs, ours } of allRows(parity)) {
    if (ours !== undefined) continue;
    needed.add(REASONS[key] === undefined ? `*.${theirs}` : key);
  }
  return Object.keys(REASONS).filter((key) => !needed.has(key));
}

/** Every name in one list: functions, constants, classes, members. */
export function allRows(parity: Parity): Row[] {
  return [...parity.plain, ...parity.classes.flatMap(({ row, members }) => [row, ...members])];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  // Padded as the formatter would do it, so that a generated page is a formatted page.
  const widths = head.map((title, i) => Math.max(3, title.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]): string => `| ${cells.map((c, i) => c.padEnd(widths[i]!)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

const code = (text: string | undefined): string => (text === undefined ? '' : `\`${text}\``);
const cells = (row: Row): string[] => [
  code(row.theirs),
  code(row.ours),
  row.ours === undefined ? (row.reason ?? '') : '',
];

function summary(parity: Parity): string {
  const count = (rows: readonly Row[]): string[] => {
    const missing = rows.filter((row) => row.ours === undefined);
    const debts = missing.filter((row) => row.reason?.startsWith('not yet'));
    return [rows.length, rows.length - missing.length, missing.length - debts.length, debts.length].map(String);
  };
  return table(
    ['', 'asyncio', 'here', 'left out', 'not yet'],
    [
      ['functions and constants', ...count(parity.plain)],
      ['classes', ...count(parity.classes.map(({ row }) => row))],
      ['members of those classes', ...count(parity.classes.flatMap(({ members }) => members))],
    ],
  );
}

function classSection({ row, members }: ParityClass): string {
  const title = `### ${row.theirs}${row.ours === row.theirs ? '' : ` → ${row.ours}`}`;
  const own = MEMBERS_FROM[row.theirs];
  const note = own === undefined ? '' : `\n\nAn interface here; its members are those of \`${own}\`.`;
  if (members.length === 0) return `${title}${note}\n\nNo members of its own.`;
  return `${title}${note}\n\n${table(['asyncio', 'tsyncio', 'why not'], members.map(cells))}`;
}

const HEAD = ['asyncio', 'tsyncio', 'why not'];

export function renderParity(parity: Parity): string {
  const missing = parity.classes.filter(({ row }) => row.ours === undefined);
  const present = parity.classes.filter(({ row }) => row.ours !== undefined);
  const parts = [
    '# Every name of asyncio, and ours',
    `asyncio as of CPython ${parity.python}. Written by \`npm run parity\` from the real exports of \`tsyncio\`; a test fails when this page
is stale, or when a name has neither a counterpart nor a reason. Signatures differ as
[the design of the API](design/api.md) says: milliseconds, one options object in place of keyword arguments, iterables of
awaitables.`,
    summary(parity),
    '## Functions and constants',
    table(HEAD, parity.plain.map(cells)),
    '## Classes that are not here',
    table(
      HEAD,
      missing.map(({ row }) => cells(row)),
    ),
    '## Classes',
    ...present.map(classSection),
  ];
  return `${parts.join('\n\n')}\n`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) writeFileSync(PAGE, renderParity(readParity()));
