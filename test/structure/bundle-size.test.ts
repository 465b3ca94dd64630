import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { buildSync } from 'esbuild';
import { CORE_NAMES } from '../../bench/startup/core-names.ts';
import { root } from '../support/child.ts';

/** In bytes, minified and compressed: the goal of `npm run bench startup`. */
const LIMIT = 12_000;

/** Bundles what `contents` exports from the sources, as a user's bundler does from dist/modules. */
function bundle(contents: string): { code: Uint8Array; sources: string[] } {
  const built = buildSync({
    stdin: { contents, resolveDir: root, loader: 'ts' },
    ...{ bundle: true, minify: true, format: 'esm', platform: 'node', packages: 'external' },
    ...{ write: false, metafile: true, outfile: 'bundle.js', absWorkingDir: root },
  });
  const [output] = Object.values(built.metafile.outputs);
  const sources = Object.entries(output!.inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  return { code: built.outputFiles[0]!.contents, sources: sources.map(([path]) => path.replace('src/', '')) };
}

test('tasks, combinators and synchronisation make a bundle of less than 12 kB, without what only trouble needs', () => {
  const { code, sources } = bundle(`export { ${CORE_NAMES.join(', ')} } from './src/index.ts';`);
  const size = gzipSync(code, { level: 9 }).length;
  assert.ok(size < LIMIT, `${size} bytes`);
  // A bundle that lacks what it should hold would be small as well.
  for (const present of ['core/task.ts', 'structured/task-group.ts', 'sync/queue.ts']) {
    assert.ok(sources.includes(present), present);
  }
  for (const cold of ['diagnostics', 'frames', 'call-graph', 'deadlock-error', 'wait-cycle']) {
    assert.ok(!sources.includes(`core/${cold}.ts`), cold);
  }
});

test('one export brings no more than it needs', () => {
  assert.deepEqual(bundle(`export { LookupError } from './src/index.ts';`).sources, [
    'core/errors.ts',
    'core/lookup-error.ts',
  ]);
});
