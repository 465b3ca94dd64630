import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { BENCH, compiled } from '../lib/place.ts';
import { figure, formatTable } from '../lib/table.ts';
import { CORE_NAMES } from './core-names.ts';

interface Esbuild {
  buildSync(options: object): { readonly outputFiles: readonly { readonly contents: Uint8Array }[] };
}

function esbuildOf(root: string): Esbuild | undefined {
  try {
    return createRequire(root)('esbuild') as Esbuild;
  } catch {
    return undefined;
  }
}

function entries(): Record<string, string> {
  const library = `${BENCH}../dist/modules/index.js`;
  const scheduler = `${BENCH}../dist/modules/core/scheduler.js`;
  const names = `export { ${CORE_NAMES.join(', ')} } from ${JSON.stringify(library)};`;
  const core = compiled('../src/core');
  const coreFiles = readdirSync(core).filter((name) => name.endsWith('.js'));
  return {
    'src/core, all of it': coreFiles
      .map((name, i) => `export * as m${i} from ${JSON.stringify(`${core}/${name}`)};`)
      .join('\n'),
    'tasks, combinators, synchronisation': names,
    'the same, and the scheduler': `${names}\nexport { Scheduler } from ${JSON.stringify(scheduler)};`,
    'run and sleep': `export { run, sleep } from ${JSON.stringify(library)};`,
    everything: `export * from ${JSON.stringify(library)};`,
  };
}

/** Bundled by esbuild for Node; the packages it depends on stay outside. */
export function printBundles(root: string): void {
  const esbuild = esbuildOf(root);
  if (esbuild === undefined) {
    console.log('\nwithout sizes of bundles: no esbuild in node_modules');
    return;
  }
  const folder = `${BENCH}.build/bundles`;
  mkdirSync(folder, { recursive: true });
  const rows = Object.entries(entries()).map(([name, text]) => {
    const entry = `${folder}/entry.js`;
    writeFileSync(entry, text);
    const options = { bundle: true, minify: true, format: 'esm', platform: 'node', write: false };
    const built = esbuild.buildSync({ ...options, packages: 'external', entryPoints: [entry] });
    const { contents } = built.outputFiles[0]!;
    const sizes = [contents.length, gzipSync(contents, { level: 9 }).length, brotliCompressSync(contents).length];
    return [name, ...sizes.map((size) => figure(size / 1000))];
  });
  console.log(`\nbundled by esbuild, kB\n${formatTable(['', 'minified', 'gzip', 'brotli'], rows)}`);
}
