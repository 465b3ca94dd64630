import nodeModule, { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { CoroutineWatch } from '../core/coroutine-watch.ts';
import { EventLoop } from '../loop/event-loop.ts';
import { run } from '../loop/runner.ts';
import { resolveSync } from './resolve-hook.ts';

/** What the command needs of the library. */
export interface Library {
  readonly EventLoop: { readonly made: number; readonly coroutineWatch: CoroutineWatch };
  readonly run: typeof run;
}

/** Newer than the types of Node 20. */
interface WithHooks {
  registerHooks?: (hooks: { resolve: typeof resolveSync }) => void;
}

/**
 * The library as the program at `file` imports it: the copy in its own node_modules if there is one, so that both share
 * one loop; else this command's.
 */
export async function libraryOf(file: string): Promise<Library> {
  const resolved = resolveFrom(file);
  if (resolved === undefined) return { EventLoop, run };
  return (await import(pathToFileURL(resolved).href)) as Library;
}

function resolveFrom(file: string): string | undefined {
  try {
    return createRequire(file).resolve('tsyncio');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

/** Of the command's copy and of the program's, where it lies outside of any node_modules. */
function libraryFolders(file: string): string[] {
  const entry = resolveFrom(file);
  const roots = [new URL('../../', import.meta.url)];
  if (entry !== undefined) roots.push(new URL('../', pathToFileURL(entry)));
  return roots.flatMap((root) => ['src/', 'dist/'].map((name) => new URL(name, root).href));
}

/**
 * Imports the program, which may run itself meanwhile, and gives its `main` if it exports one. With `watch`, that of the
 * library that the program uses, it is told of each coroutine that the program makes.
 */
export async function loadProgram(file: string, watch?: CoroutineWatch): Promise<unknown> {
  // Only for TypeScript: plain JavaScript starts faster without.
  if (/\.[cm]?tsx?$|\.jsx$/.test(file)) {
    const { register: registerTypeScript } = await import('tsx/esm/api');
    registerTypeScript();
  }
  if (watch !== undefined) {
    const { watchCoroutines } = await import('./watch-coroutines.ts');
    await watchCoroutines(watch, libraryFolders(file));
  }
  // Last, so that it is asked first.
  const { registerHooks } = nodeModule as WithHooks;
  if (registerHooks !== undefined) registerHooks({ resolve: resolveSync });
  else nodeModule.register('../tools/resolve-hook.js', import.meta.url);
  const program = (await import(pathToFileURL(file).href)) as { main?: unknown; default?: unknown };
  // A CommonJS program arrives as the default export.
  return program.main ?? (program.default as { main?: unknown } | undefined)?.main;
}
