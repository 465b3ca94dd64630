import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const folder = new URL('../../examples/history/', import.meta.url);
const programs = readdirSync(folder)
  .filter((name) => /^\d-.*\.ts$/.test(name))
  .sort();
/** In milliseconds: a program that never ends must not hold up the tests. */
const GIVE_UP_MS = 60_000;
const LONGEST_PROGRAM_LINES = 80;

async function printedBy(name: string): Promise<string[]> {
  const program = fileURLToPath(new URL(name, folder));
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ['--conditions=@tsyncio/source', '--import', 'tsx', program],
    { timeout: GIVE_UP_MS },
  );
  assert.equal(stderr, '');
  return stdout.trimEnd().split('\n');
}

test('there are seven programs', () => {
  assert.equal(programs.length, 7);
});

/** 1 to 6 make Linux's system calls themselves. */
const runsHere = (name: string): boolean => process.platform === 'linux' || name.startsWith('7');

for (const name of programs) {
  test(`${name} serves each customer in the order of the orders, and ends`, { skip: !runsHere(name) }, async () => {
    const lines = await printedBy(name);
    assert.equal(lines.length, 9);
    for (const customer of ['Ann', 'Bob', 'Cid']) {
      const own = lines.filter((line) => line.startsWith(`${customer}: `));
      assert.deepEqual(own, [`${customer}: BEER`, `${customer}: WINE`, `${customer}: TEA`]);
    }
  });

  test(`${name} has at most ${LONGEST_PROGRAM_LINES} lines and is in the README`, () => {
    const lines = readFileSync(new URL(name, folder), 'utf8').trimEnd().split('\n').length;
    assert.ok(lines <= LONGEST_PROGRAM_LINES, `${lines} lines`);
    assert.ok(readFileSync(new URL('README.md', folder), 'utf8').includes(`](${name})`));
  });
}
