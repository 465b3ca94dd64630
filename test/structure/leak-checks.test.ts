/** Every test file that does I/O looks at its end for what is left. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const tests = fileURLToPath(new URL('..', import.meta.url));
/** These look by themselves: for each driver, after each test of the drivers' contract, for each run. */
const LOOKS = /\b(checkLeaks|onEachDriver|onEachWay|onEachOwnWay|conform|driverConformance|bytesConformance)\(/;
/** In processes of their own, or without the network. */
const WITHOUT = new Set(['net/all-faulty.test.ts', 'soak/memory.test.ts']);

for (const folder of ['drivers', 'net', 'process', 'files', 'soak']) {
  test(`${folder}: every file checks for leaks`, () => {
    const files = readdirSync(join(tests, folder)).filter((name) => name.endsWith('.test.ts'));
    assert.ok(files.length > 0);
    const blind = files
      .map((name) => `${folder}/${name}`)
      .filter((name) => !WITHOUT.has(name) && !LOOKS.test(readFileSync(join(tests, name), 'utf8')));
    assert.deepEqual(blind, []);
  });
}
