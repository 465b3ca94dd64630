import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { PAGE, renderDriverPage } from '../../scripts/driver-table.ts';

test('docs/drivers.md is fresh', () => {
  assert.equal(readFileSync(PAGE, 'utf8'), renderDriverPage(), 'run `npm run driver-table`');
});
