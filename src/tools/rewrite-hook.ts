/**
 * The loader's side of `watch-coroutines.ts`: rewrites the program's own modules after all other loaders have translated
 * them. May run in Node's thread for loaders, so it shares nothing with the rest.
 */
import { readFileSync } from 'node:fs';
import { rewrite } from './rewrite.ts';
import type { SourceMap } from './source-map.ts';

interface Loaded {
  readonly format?: string | null | undefined;
  readonly source?: string | ArrayBuffer | NodeJS.TypedArray | null | undefined;
}

type Next<R> = (url: string, context: object) => R;

/** Folders, as URLs, whose modules are left alone: those of the library. */
let left: readonly string[] = [];

/** Also called by `module.register`, with its `data`. */
export function initialize(folders: readonly string[]): void {
  left = folders;
}

/** For `module.register`: Node 20 and 22. */
export async function load(url: string, context: object, next: Next<Promise<Loaded>>): Promise<Loaded> {
  return rewritten(url, await next(url, context));
}

/** For `module.registerHooks`, which replaces it. */
export function loadSync(url: string, context: object, next: Next<Loaded>): Loaded {
  return rewritten(url, next(url, context));
}

/** What cannot be rewritten is loaded as it is: a syntax that the parser does not know is not an error of the program's. */
function rewritten(url: string, loaded: Loaded): Loaded {
  const { format, source } = loaded;
  if (source === undefined || source === null || !isOfProgram(url)) return loaded;
  if (format !== 'module' && format !== 'commonjs') return loaded;
  const text = typeof source === 'string' ? source : new TextDecoder().decode(source);
  if (!text.includes('*')) return loaded;
  try {
    const result = rewrite(text, { kind: format, map: mapOf(text, url), url });
    return result === undefined ? loaded : { ...loaded, source: withMap(result.code, result.map) };
  } catch {
    return loaded;
  }
}

function isOfProgram(url: string): boolean {
  return url.startsWith('file:') && !url.includes('/node_modules/') && !left.some((folder) => url.startsWith(folder));
}

const mapLine = /^\/\/[#@]\s*sourceMappingURL=(\S+)[^\S\n]*$/gm;
const EMBEDDED = /^data:application\/json;(?:charset=utf-?8;)?base64,/i;

/** The map that a translator has left, in the text or beside it. */
function mapOf(text: string, url: string): SourceMap | undefined {
  const reference = [...text.matchAll(mapLine)].at(-1)?.[1];
  if (reference === undefined) return undefined;
  try {
    const embedded = EMBEDDED.exec(reference)?.[0];
    const json =
      embedded === undefined
        ? readFileSync(new URL(reference, url), 'utf8')
        : Buffer.from(reference.slice(embedded.length), 'base64').toString();
    const map = JSON.parse(json) as Partial<SourceMap>;
    return typeof map.mappings === 'string' ? (map as SourceMap) : undefined;
  } catch {
    return undefined;
  }
}

function withMap(code: string, map: SourceMap): string {
  const data = Buffer.from(JSON.stringify(map)).toString('base64');
  return `${code.replace(mapLine, '')}\n//# sourceMappingURL=data:application/json;base64,${data}`;
}
