/**
 * Makes every `function*` of a module tell when it is called and when its body begins. JavaScript does not, but what a
 * parameter falls back to is evaluated in the call, and kept by the generator as its variable:
 *
 *     function* serve(customer) { … }
 *     function* serve(customer,...{__tsyncio=globalThis.__tsyncio?.("serve")}) {__tsyncio?.begun(); … }
 *
 * A property of the rest parameter, not a parameter more: no argument can take its place, and `length` stays. Without
 * `globalThis.__tsyncio`, as in a thread to which a function was sent by its source, it does nothing.
 */
import { parse, type Token } from 'acorn';
import { type CoroutineSite, findCoroutineFunctions } from './generators.ts';
import { identityMap, movedMap, type Position, type SourceMap } from './source-map.ts';

export interface RewriteOptions {
  readonly kind: 'module' | 'commonjs';
  /** The map of the source itself, if it has one. */
  readonly map: SourceMap | undefined;
  /** What to call the source in a new map. */
  readonly url: string;
}

interface Edit {
  readonly at: number;
  readonly text: string;
}

/** The global function, and the variable of each `function*` that was rewritten. */
export const MADE = '__tsyncio';

/** Undefined when there is no coroutine function in it. Throws SyntaxError for what cannot be read. */
export function rewrite(source: string, options: RewriteOptions): { code: string; map: SourceMap } | undefined {
  const { kind, url } = options;
  const tokens: Token[] = [];
  const program = parse(source, { ecmaVersion: 'latest', sourceType: kind, allowHashBang: true, onToken: tokens });
  const strict = kind === 'module' || beginsStrict(program.body);
  const sites = findCoroutineFunctions(program, source).filter((site) => strict || isSameWhenRewritten(site));
  if (sites.length === 0) return undefined;
  const edits = sites.flatMap((site) => editsOf(site, source)).sort((a, b) => a.at - b.at);
  const map =
    options.map ??
    identityMap(
      url,
      positionsOf(
        source,
        tokens.map((token) => token.start),
      ),
    );
  const insertions = positionsOf(
    source,
    edits.map((edit) => edit.at),
  ).map((position, i) => ({ ...position, length: edits[i]!.text.length }));
  return { code: apply(edits, source), map: movedMap(map, insertions) };
}

/** A directive `"use strict"`. In a module it says nothing, and none is left where something was put in front of it. */
function beginsStrict(body: readonly { readonly type: string; readonly directive?: unknown }[]): boolean {
  return body.some((statement) => statement.type === 'ExpressionStatement' && statement.directive === 'use strict');
}

/** Sloppy code: parameters of one name, `arguments` that follows the parameters, and functions that are strict alone. */
function isSameWhenRewritten({ node, usesArguments }: CoroutineSite): boolean {
  const names = node.params.map((param) => (param.type === 'Identifier' ? param.name : param));
  const { body } = node.body as { body: readonly { readonly type: string }[] };
  return !usesArguments && new Set(names).size === names.length && !beginsStrict(body);
}

const TRIVIA = String.raw`(?:\s|//.*|/\*[^]*?\*/)*`;
/** From the end of its name, or its beginning, to where parameters would stand. */
const NO_PARAMETERS = new RegExp(String.raw`(?:${TRIVIA}(?:function|\*))*${TRIVIA}\(${TRIVIA}`, 'y');
/** From the end of the last parameter to where one more would stand. */
const AFTER_PARAMETER = new RegExp(`${TRIVIA}(,?)${TRIVIA}`, 'y');

function editsOf({ node, name }: CoroutineSite, source: string): Edit[] {
  const token = `${MADE}=globalThis.${MADE}?.(${JSON.stringify(name)})`;
  const begun = { at: node.body.start + 1, text: `${MADE}?.begun();` };
  const last = node.params.at(-1);
  if (last?.type === 'RestElement') {
    const { start, end } = last.argument;
    const rest = `=[].slice.call(arguments,${node.params.length - 1})`;
    return [{ at: start, text: `{${token},${MADE}Rest:` }, { at: end, text: `${rest}}` }, begun];
  }
  const pattern = last === undefined ? NO_PARAMETERS : AFTER_PARAMETER;
  pattern.lastIndex = last?.end ?? node.id?.end ?? node.start;
  const [text, comma] = pattern.exec(source) ?? [];
  const at = pattern.lastIndex;
  if (text === undefined || source[at] !== ')') throw new SyntaxError(`where do the parameters of ${name} end?`);
  return [{ at, text: `${comma === '' ? ',' : ''}...{${token}}` }, begun];
}

function apply(edits: readonly Edit[], source: string): string {
  let done = 0;
  const parts: string[] = [];
  for (const { at, text } of edits) {
    parts.push(source.slice(done, at), text);
    done = at;
  }
  return parts.join('') + source.slice(done);
}

/** Of offsets in order. */
function positionsOf(source: string, offsets: readonly number[]): Position[] {
  const breaks = /\r\n?|[\n\u2028\u2029]/g;
  let line = 0;
  let start = 0;
  let next = breaks.exec(source);
  return offsets.map((offset) => {
    for (; next !== null && breaks.lastIndex <= offset; next = breaks.exec(source)) {
      line += 1;
      start = breaks.lastIndex;
    }
    return { line, column: offset - start };
  });
}
