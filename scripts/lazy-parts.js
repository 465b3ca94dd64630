/**
 * Plugins for esbuild, which decide what lies in which file of the build for Node.
 *
 * `lazyParts`: a source named at-first-use.ts re-exports functions. Whoever imports it gets functions of the same names
 * that load the real ones at the first call, by `require` of a module, which is synchronous. Runtimes that cannot do that
 * (Node before 20.19) import the real ones at the start: dist/whole.js.
 */
import { readFileSync } from 'node:fs';
import { basename, dirname, relative, resolve } from 'node:path';
import { build } from 'esbuild';

const NAME = /[/\\]at-first-use\.ts$/;
/** Marks the import of the real one. */
const REAL = '?real';
const PROVIDER = 'provider';

/** @param {string} path @returns {Promise<string[]>} */
async function exportsOf(path) {
  const { metafile } = await build({
    ...{ entryPoints: [path], bundle: false, format: 'esm', outfile: 'out.js' },
    ...{ write: false, metafile: true },
  });
  return Object.values(metafile.outputs).flatMap((output) => output.exports);
}

/** @param {string[]} names @param {string} file what provides the real ones, as seen from the file with these */
const standIns = (names, file) => `
import { createRequire } from 'node:module';
let real;
export function provide(functions) {
  real = functions;
}
function load() {
  if (real === undefined) createRequire(import.meta.url)(${JSON.stringify(file)});
  return real;
}
${names.map((name) => `export const ${name} = (...args) => (real ?? load()).${name}(...args);`).join('\n')}
`;

/** @param {string} path */
const provider = (path) => `
import { provide } from './${basename(path)}';
import * as real from './${basename(path)}${REAL}';
provide(real);
`;

/** The entry point with the real functions of `source`, for `entryPoints`. @param {string} source */
export function lazyEntry(source) {
  return `${PROVIDER}:${source}`;
}

/**
 * @param {Record<string, string>} files for each source, where the file lies that provides the real ones: beside the chunks
 * @param {string} library what all entry points but a few stand on, see below
 * @returns {import('esbuild').Plugin}
 */
export function lazyParts(files, library) {
  return {
    name: 'lazy-parts',
    setup(task) {
      const root = task.initialOptions.absWorkingDir ?? process.cwd();
      task.onResolve({ filter: new RegExp(`^${PROVIDER}:`) }, ({ path }) => {
        return { path: resolve(root, path.slice(PROVIDER.length + 1)), namespace: PROVIDER };
      });
      task.onLoad({ filter: NAME, namespace: PROVIDER }, ({ path }) => {
        return { contents: provider(path) + standingOn(resolve(root, library)), resolveDir: dirname(path) };
      });
      task.onResolve({ filter: /\?real$/ }, ({ path, resolveDir }) => {
        return { path: resolve(resolveDir, path.slice(0, -REAL.length)), suffix: REAL };
      });
      task.onLoad({ filter: NAME, namespace: 'file' }, async ({ path, suffix }) => {
        if (suffix === REAL) return { contents: readFileSync(path, 'utf8'), loader: 'ts' };
        const file = files[relative(root, path).replaceAll('\\', '/')];
        return { contents: standIns(await exportsOf(path), file), loader: 'js' };
      });
    },
  };
}

/** @param {string} library */
const standingOn = (library) => `\nimport * as library from ${JSON.stringify(library)};\nvoid library;\n`;

/**
 * Makes each of `sources`, which are loaded beside the library or after it, stand on the whole of it. Else modules would be
 * grouped by the set of entry points that need them, into a dozen small files, and each costs about a millisecond to import.
 *
 * @param {string[]} sources @param {string} library
 * @returns {import('esbuild').Plugin}
 */
export function onWholeLibrary(sources, library) {
  return {
    name: 'on-whole-library',
    setup(task) {
      const root = task.initialOptions.absWorkingDir ?? process.cwd();
      const wanted = new Set(sources.map((source) => resolve(root, source)));
      task.onLoad({ filter: /\.ts$/, namespace: 'file' }, ({ path }) => {
        if (!wanted.has(path)) return undefined;
        return { contents: readFileSync(path, 'utf8') + standingOn(resolve(root, library)), loader: 'ts' };
      });
    },
  };
}
