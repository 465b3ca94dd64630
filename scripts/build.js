/**
 * Builds dist/ from src/:
 *
 *   dist/…/*.d.ts    types, one file for each source
 *   dist/…/*.js      the library in a few files, for Node: hundreds of small ones take a quarter of a second to import.
 *                    What a program without a network does not need is loaded at its first use (lazy-parts.js)
 *   dist/whole.js    as dist/index.js, with all of it loaded at the start
 *   dist/modules/    the same, one file for each source, for bundlers (the condition "module"): they drop what is not used
 */
import { spawnSync } from 'node:child_process';
import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { lazyEntry, lazyParts, onWholeLibrary } from './lazy-parts.js';

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

const LIBRARY = 'src/index.ts';
/** What is loaded at its first use: the sources that stand for it, and the files that it becomes. */
const LAZY = {
  'src/files/at-first-use.ts': 'ring-files',
  'src/loop/at-first-use.ts': 'drivers',
  'src/net/at-first-use.ts': 'network',
  'src/process/at-first-use.ts': 'children',
};
/** A thread of a pool needs little of the library. */
const ON_LIBRARY = ['src/testing/index.ts', 'src/tools/cli.ts', 'src/tools/debug.ts', 'src/loop/node-tls.ts'];

const options = {
  absWorkingDir: root,
  outdir: 'dist',
  bundle: true,
  packages: 'external',
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // A third less to read and to parse. Names stay, and source maps lead to the lines of the sources.
  minifyWhitespace: true,
  // Node prints the line of an error that nobody catches.
  lineLimit: 120,
  sourcemap: 'linked',
  sourcesContent: false,
  logLevel: 'warning',
};
const besideChunks = Object.fromEntries(Object.entries(LAZY).map(([source, name]) => [source, `./${name}.js`]));
await build({
  ...options,
  entryPoints: {
    index: LIBRARY,
    'testing/index': 'src/testing/index.ts',
    'threads/worker-job': 'src/threads/worker-job.ts',
    'tools/cli': 'src/tools/cli.ts',
    'tools/debug': 'src/tools/debug.ts',
    ...Object.fromEntries(Object.entries(LAZY).map(([source, name]) => [`core/${name}`, lazyEntry(source)])),
  },
  plugins: [lazyParts(besideChunks, LIBRARY), onWholeLibrary(ON_LIBRARY, LIBRARY)],
  splitting: true,
  // One folder deep, as the sources are: what they find beside them by `import.meta.url` is there in both.
  chunkNames: 'core/[name]-[hash]',
});
// These may run in Node's thread for loaders, and share nothing with the rest.
const hooks = ['resolve-hook', 'rewrite-hook'].map((name) => [`tools/${name}`, `src/tools/${name}.ts`]);
await build({ ...options, entryPoints: Object.fromEntries(hooks) });

/** In one file two classes of one name cannot be; those that are exported get theirs back. */
const library = await import(pathToFileURL(`${root}dist/index.js`).href);
const names = Object.entries(library).filter(
  ([name, value]) => /^[A-Z]/.test(name) && value.name !== undefined && value.name !== name,
);
const lines = names.map(([name]) => `  [${name}, '${name}'],`);
appendFileSync(
  `${root}dist/index.js`,
  `for (const [exported, value] of [
${lines.join('\n')}
]) {
  Object.defineProperty(exported, 'name', { value });
}
`,
);
const atStart = Object.values(LAZY).map((name) => `import './core/${name}.js';`);
writeFileSync(`${root}dist/whole.js`, [...atStart, "export * from './index.js';", ''].join('\n'));
