import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keepFreedMemory } from '../../src/ffi/malloc.ts';
import { unfitRuntime } from '../../src/ffi/runtime.ts';

const report = process.report.getReport() as unknown as { header: { glibcVersionRuntime?: string } };
const skip = unfitRuntime() !== undefined || report.header.glibcVersionRuntime === undefined;

test('glibc takes it, and settings of the environment are left as they are', { skip }, () => {
  assert.equal(keepFreedMemory({ MALLOC_TRIM_THRESHOLD_: '131072' }), false);
  assert.equal(keepFreedMemory({ GLIBC_TUNABLES: 'glibc.malloc.trim_threshold=131072' }), false);
  assert.equal(keepFreedMemory({}), true);
  assert.equal(keepFreedMemory({}), true);
});
