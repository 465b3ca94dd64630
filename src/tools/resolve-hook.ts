/**
 * A resolver for programs that lie outside of any project: `import 'tsyncio'` finds the command's own copy where there
 * is no other, and a TypeScript file is a module unless its package.json says otherwise.
 * May run in Node's thread for loaders, so it shares nothing with the rest.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

interface ResolveContext {
  readonly parentURL?: string | undefined;
}

interface Resolved {
  readonly url: string;
  readonly format?: string | null | undefined;
}

type Next<R> = (specifier: string, context: ResolveContext) => R;

/** For `module.register`: Node 20 and 22. */
export async function resolve(
  specifier: string,
  context: ResolveContext,
  next: Next<Promise<Resolved>>,
): Promise<Resolved> {
  try {
    return withFormat(await next(specifier, context));
  } catch (error) {
    return next(specifier, ownContext(specifier, context, error));
  }
}

/** For `module.registerHooks`, which replaces it. */
export function resolveSync(specifier: string, context: ResolveContext, next: Next<Resolved>): Resolved {
  try {
    return withFormat(next(specifier, context));
  } catch (error) {
    return next(specifier, ownContext(specifier, context, error));
  }
}

/** The context in which `tsyncio` is found where the program found none; throws the error for any other module. */
function ownContext(specifier: string, context: ResolveContext, error: unknown): ResolveContext {
  const isOwn = specifier === 'tsyncio' || specifier.startsWith('tsyncio/');
  if (!isOwn || (error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
  return { ...context, parentURL: import.meta.url };
}

function withFormat(resolved: Resolved): Resolved {
  const { url, format } = resolved;
  if (format === 'module' || !/^file:.*\.tsx?(\?.*)?$/.test(url) || hasTypeOfItsOwn(new URL(url))) return resolved;
  return { ...resolved, format: 'module' };
}

/** True when the nearest package.json says of which type its files are. */
function hasTypeOfItsOwn(url: URL): boolean {
  for (let folder = new URL('.', url); ; folder = new URL('..', folder)) {
    const file = fileURLToPath(new URL('package.json', folder));
    if (existsSync(file)) return (JSON.parse(readFileSync(file, 'utf8')) as { type?: string }).type !== undefined;
    if (folder.pathname === '/' || folder.href === new URL('..', folder).href) return false;
  }
}
