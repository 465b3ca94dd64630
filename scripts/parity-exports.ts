/**
 * What 'tsyncio' exports, and what members each exported class and interface has.
 *
 * Values are asked at run time. What leaves no trace there (interfaces, types, fields that a constructor sets) is read
 * from the sources, whose layout the formatter guarantees: a declaration begins at the margin, its members two spaces in.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tsyncio from 'tsyncio';

const src = fileURLToPath(new URL('../src', import.meta.url));
const runtime = tsyncio as unknown as Record<string, unknown>;

interface Declaration {
  readonly parents: readonly string[];
  readonly members: ReadonlySet<string>;
}

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? sources(path) : path.endsWith('.ts') ? [path] : [];
  });
}

const DECLARATION = /^export (?:abstract )?(?:class|interface) (\w+)([^{]*?) \{\n([\s\S]*?)^\}/gm;
const MEMBER =
  /^ {2}(?:(?:static|readonly|override|abstract|declare|async|get|set) )*\*?(\[Symbol\.\w+\]|\[\w+\]|[a-zA-Z]\w*)[?!]?(?:[(:<]| =|;)/gm;
const PRIVATE = /^ {2}(?:private|protected) .*$|^ {2}\/\*\*.*@internal.*$\n.*$/gm;

function readDeclarations(): Map<string, Declaration> {
  const found = new Map<string, Declaration>();
  for (const file of sources(src)) {
    for (const [, name, heritage, body] of readFileSync(file, 'utf8').matchAll(DECLARATION)) {
      const members = [...body!.replace(PRIVATE, '').matchAll(MEMBER)].map((match) => match[1]!);
      const parents = [...heritage!.replace(/<[^>]*>/g, '').matchAll(/\b[A-Z]\w+/g)].map((match) => match[0]);
      found.set(name!, { parents, members: new Set(members) });
    }
  }
  return found;
}

function readTypeExports(): Set<string> {
  const index = readFileSync(join(src, 'index.ts'), 'utf8');
  const names = new Set<string>();
  for (const [, all, list] of index.matchAll(/^export (type )?\{([\s\S]*?)\}/gm)) {
    for (const item of list!.split(',')) {
      const [, type, name] = /^\s*(type )?(\w+)\s*$/.exec(item) ?? [];
      if (name !== undefined && (all !== undefined || type !== undefined)) names.add(name);
    }
  }
  return names;
}

const declarations = readDeclarations();
const typeExports = readTypeExports();

/** The names that can be imported from 'tsyncio': values and types. */
export const exportedNames: readonly string[] = [...Object.keys(runtime), ...typeExports];

/** The members of an exported class or interface, symbols as `[Symbol.iterator]`. */
export function membersOf(name: string): Set<string> {
  const members = new Set<string>(declaredMembers(name));
  const value = runtime[name];
  if (typeof value !== 'function') return members;
  for (let proto: object | null = value.prototype; proto !== null && proto !== Object.prototype; ) {
    for (const key of Reflect.ownKeys(proto)) members.add(typeof key === 'string' ? key : `[${key.description}]`);
    proto = Object.getPrototypeOf(proto);
  }
  return members;
}

function declaredMembers(name: string): string[] {
  const declaration = declarations.get(name);
  if (declaration === undefined) return [];
  return [...declaration.members, ...declaration.parents.flatMap(declaredMembers)];
}
