import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { allRows, needlessReasons, PAGE, readParity, renderParity } from '../../scripts/parity.ts';

const parity = readParity();
const rows = allRows(parity);
const ours = (key: string): string | undefined => rows.find((row) => row.key === key)?.ours;

test('every public name of asyncio has a counterpart or a reason', () => {
  const unexplained = rows.filter((row) => row.ours === undefined && row.reason === undefined);
  assert.deepEqual(
    unexplained.map((row) => row.key),
    [],
    'give them a counterpart, or a reason in scripts/parity-reasons.ts',
  );
});

test('no reason is left for a name that is here', () => {
  assert.deepEqual(needlessReasons(parity), [], 'delete these from scripts/parity-reasons.ts');
});

test('docs/parity.md is fresh', () => {
  assert.equal(readFileSync(PAGE, 'utf8'), renderParity(parity), 'run `npm run parity`');
});

test('counterparts are found by spelling, by the table of renames, as fields, in interfaces and by inheritance', () => {
  assert.equal(ours('iscoroutinefunction'), 'isCoroutineFunction');
  assert.equal(ours('timeout'), 'timeout');
  assert.equal(ours('Timeout'), 'Timeout');
  assert.equal(ours('StreamReader.readexactly'), 'readExactly');
  assert.equal(ours('Lock.__aenter__'), 'enter');
  assert.equal(ours('Runner.__exit__'), '[Symbol.asyncDispose]');
  assert.equal(ours('Queue.maxsize'), 'maxsize');
  assert.equal(ours('FutureCallGraph.awaited_by'), 'awaitedBy');
  assert.equal(ours('LifoQueue.get_nowait'), 'getNowait');
  assert.equal(ours('set_event_loop'), undefined);
});
