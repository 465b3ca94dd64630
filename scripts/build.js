/**
 * Builds dist/ from src/:
 *
 *   dist/…/*.d.ts    types, one file for each source
 *   dist/…/*.js      the library in a few files, for Node: hundreds of small ones take a quarter of a second to import
 *   dist/modules/    the same, one file for each source, for bundlers (the condition "module"): they drop what is not used
 */
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildSync } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/** @param {string[]} words */
function compile(...words) {
  const compiler = `${root}node_modules/typescript/bin/tsc`;
  const child = spawnSync(process.execPath, [compiler, '-p', `${root}tsconfig.build.json`, ...words], {
    stdio: 'inherit',
  });
  if (child.status !== 0) process.exit(child.status ?? 1);
}

rmSync(`${root}dist`, { recursive: true, force: true });
compile('--emitDeclarationOnly');
compile('--outDir', 'dist/modules', '--declaration', 'false', '--declarationMap', 'false');

/** All one folder deep, as the sources are: what they find beside them by `import.meta.url` is there in both. */
const entryPoints = {
  'core/tsyncio': 'src/index.ts',
  'testing/index': 'src/testing/index.ts',
  'threads/worker-job': 'src/threads/worker-job.ts',
  'tools/cli': 'src/tools/cli.ts',
  'tools/debug': 'src/tools/debug.ts',
  'tools/resolve-hook': 'src/tools/resolve-hook.ts',
  'tools/rewrite-hook': 'src/tools/rewrite-hook.ts',
};
buildSync({
  entryPoints,
  absWorkingDir: root,
  outdir: 'dist',
  chunkNames: 'core/[name]-[hash]',
  bundle: true,
  splitting: true,
  packages: 'external',
  format: 'esm',
  platform: 'node',
  target: 'node20',
  sourcemap: 'linked',
  sourcesContent: false,
  logLevel: 'warning',
});
/** In one file two classes of one name cannot be; those that are exported get theirs back. */
const library = await import(pathToFileURL(`${root}dist/core/tsyncio.js`).href);
const names = Object.entries(library).filter(
  ([name, value]) => /^[A-Z]/.test(name) && value.name !== undefined && value.name !== name,
);
const lines = names.map(([name]) => `  [library.${name}, '${name}'],`);
writeFileSync(
  `${root}dist/index.js`,
  `import * as library from './core/tsyncio.js';
for (const [exported, value] of [
${lines.join('\n')}
]) {
  Object.defineProperty(exported, 'name', { value });
}
export * from './core/tsyncio.js';
`,
);
