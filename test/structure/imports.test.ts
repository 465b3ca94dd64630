import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const src = fileURLToPath(new URL('../../src', import.meta.url));

/** The floors of docs/design/architecture.md: imports point down only, folders of one floor do not import each other. */
const floors: Record<string, number> = {
  core: 0,
  structured: 1,
  sync: 1,
  io: 1,
  node: 1,
  ffi: 2,
  drivers: 2,
  net: 3,
  process: 4,
  threads: 4,
  files: 4,
  loop: 5,
  interop: 6,
  testing: 6,
  tools: 6,
};
/** The drivers stand on the unsafe code beside them; no other pair of one floor may meet. */
const sameFloor = new Set(['drivers→ffi']);
const noNode = new Set(['core', 'structured', 'sync', 'io', 'net']);

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? sources(path) : path.endsWith('.ts') ? [path] : [];
  });
}

const files = sources(src);
const edges = new Map<string, string[]>();
/** The edges that are there at run time: types are erased, and two of them may well name each other. */
const realEdges = new Map<string, string[]>();
for (const file of files) {
  const text = readFileSync(file, 'utf8');
  const found = [...text.matchAll(/(?:^|\n)\s*(?:import|export)\s(?:[^;'"]*?\sfrom\s)?['"]([^'"]+)['"]/g)];
  const dynamic = [...text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g)];
  edges.set(
    relative(src, file),
    [...found, ...dynamic].map((match) => match[1]!),
  );
  realEdges.set(
    relative(src, file),
    found.filter((match) => !/^\s*(?:import|export)\s+type\s/.test(match[0])).map((match) => match[1]!),
  );
}

const folderOf = (path: string): string => (path.includes('/') ? path.split('/')[0]! : 'index');

test('imports point down only', () => {
  const wrong: string[] = [];
  for (const [file, targets] of edges) {
    const from = folderOf(file);
    if (from === 'index') continue;
    assert.ok(from in floors, `src/${from} has no floor`);
    for (const target of targets) {
      if (!target.startsWith('.')) continue;
      const to = folderOf(relative(src, resolve(src, dirname(file), target)));
      if (to === from) continue;
      const down = to !== 'index' && floors[to]! < floors[from]!;
      if (!down && !sameFloor.has(`${from}→${to}`)) wrong.push(`${file} imports ${target}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('the drivers do not import each other', () => {
  const wrong: string[] = [];
  for (const [file, targets] of edges) {
    const own = /^drivers\/([^/]+)\//.exec(file)?.[1];
    if (own === undefined) continue;
    for (const target of targets) {
      const other = /^drivers\/([^/]+)\//.exec(relative(src, resolve(src, dirname(file), target)))?.[1];
      if (target.startsWith('.') && other !== undefined && other !== own) wrong.push(`${file} imports ${target}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('core, structured, sync, io and net import no node: module', () => {
  const wrong = [...edges].flatMap(([file, targets]) =>
    noNode.has(folderOf(file))
      ? targets.filter((target) => !target.startsWith('.')).map((target) => `${file} imports ${target}`)
      : [],
  );
  assert.deepEqual(wrong, []);
});

/** What `src/node/builtins.ts` loads at the first use; node:util since its named exports are what is costly. */
const atFirstUse = /^node:(child_process|dgram|dns\/promises|net|stream\/web|tls|tty|util|worker_threads)$/;
/** Loaded by the first TLS connection or by the command, not by an import of the package. */
const mayImport = (file: string): boolean => file.startsWith('tools/') || /^loop\/(load-)?(node-)?tls/.test(file);

test("Node's heavier modules are loaded at their first use only", () => {
  const wrong = [...realEdges].flatMap(([file, targets]) =>
    mayImport(file)
      ? []
      : targets.filter((target) => atFirstUse.test(target)).map((target) => `${file} imports ${target}`),
  );
  assert.deepEqual(wrong, []);
  assert.ok([...realEdges.values()].flat().includes('node:fs'), 'no import was found at all');
});

test('no file imports itself by a detour', () => {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): void => {
    const at = path.indexOf(file);
    assert.equal(at, -1, `cycle: ${[...path.slice(Math.max(at, 0)), file].join(' → ')}`);
    if (done.has(file)) return;
    path.push(file);
    for (const target of realEdges.get(file) ?? []) {
      if (target.startsWith('.')) visit(relative(src, resolve(src, dirname(file), target)));
    }
    path.pop();
    done.add(file);
  };
  for (const file of realEdges.keys()) visit(file);
});
