/** Each public name is used in a type test: a new one without is an error. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as library from 'tsyncio';
import * as testing from 'tsyncio/testing';

const folder = new URL('./', import.meta.url);
const source = readdirSync(folder)
  .filter((name) => name.endsWith('.test-d.ts'))
  .map((name) => readFileSync(new URL(name, folder), 'utf8'))
  // What a file imports it also uses, or it does not compile; the imports of types alone say nothing of the value.
  .join('\n')
  .replaceAll(/^ {2}type \w+,$/gm, '');

test('each public name is in a type test', () => {
  const names = [...Object.keys(library), ...Object.keys(testing)];
  assert.ok(names.length > 100);
  assert.deepEqual(
    names.filter((name) => !new RegExp(`\\b${name}\\b`).test(source)),
    [],
  );
});
