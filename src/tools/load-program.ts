import nodeModule, { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { EventLoop } from '../loop/event-loop.ts';
import { run } from '../loop/runner.ts';
import { resolveSync } from './resolve-hook.ts';

/** What the command needs of the library. */
export interface Library {
  readonly EventLoop: { readonly made: number };
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

/** Imports the program, which may run itself meanwhile, and gives its `main` if it exports one. */
export async function loadProgram(file: string): Promise<unknown> {
  // Only for TypeScript: plain JavaScript starts faster without.
  if (/\.[cm]?tsx?$|\.jsx$/.test(file)) {
    const { register: registerTypeScript } = await import('tsx/esm/api');
    registerTypeScript();
  }
  // Last, so that it is asked first.
  const { registerHooks } = nodeModule as WithHooks;
  if (registerHooks !== undefined) registerHooks({ resolve: resolveSync });
  else nodeModule.register('../tools/resolve-hook.js', import.meta.url);
  const program = (await import(pathToFileURL(file).href)) as { main?: unknown; default?: unknown };
  // A CommonJS program arrives as the default export.
  return program.main ?? (program.default as { main?: unknown } | undefined)?.main;
}
