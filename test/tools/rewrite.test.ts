import assert from 'node:assert/strict';
import nodeModule from 'node:module';
import { after, test } from 'node:test';
import { initialize, loadSync } from '../../src/tools/rewrite-hook.ts';

type Sent = (...args: unknown[]) => Generator<unknown, unknown>;
type Load = { format: string; source: string | Buffer };

const events: string[] = [];
const token = (name: string): { begun(): void } => {
  events.push(`made ${name}`);
  return { begun: () => events.push(`begun ${name}`) };
};
(globalThis as { __tsyncio?: typeof token }).__tsyncio = token;
after(() => {
  delete (globalThis as { __tsyncio?: typeof token }).__tsyncio;
});

/** What the loader makes of a source; the map is taken off. */
function load(source: string | Buffer, format = 'commonjs', url = 'file:///program/main.js'): string {
  const loaded = loadSync(url, {}, () => ({ format, source })) as Load;
  return String(loaded.source);
}

/** The value of an expression, in strict code unless said otherwise, rewritten and as it is. */
function evaluate(expression: string, sloppy = false): { rewritten: Sent; original: Sent } {
  const source = `${sloppy ? '' : "'use strict';"} return (${expression});`;
  const run = (text: string): Sent => new Function(text)() as Sent;
  return { rewritten: run(load(source)), original: run(source) };
}

const forms: [name: string, expression: string][] = [
  ['f', 'function* f() { return [...arguments]; }'],
  ['(anonymous)', 'function*(a, b) { return [a, b]; }'],
  ['f', 'function* f(a, b = 2) { return [a, b]; }'],
  ['f', 'function* f(a, ...rest) { return [a, rest, rest instanceof Array]; }'],
  ['f', 'function* f(...[a, b = 7]) { return [a, b]; }'],
  ['f', 'function* f({ length }, [a] = [3]) { return [length, a]; }'],
  ['f', 'function /* ( */ * /* ) */ f // (\n (/* none ) */) { return [...arguments]; }'],
  ['f', 'function* f(a, // one, )\n b /* two */ , // )\n) { return [a, b]; }'],
  ['f', 'function* f(a, b = (x) => [x, a]) { return typeof b === "string" ? b : b("x"); }'],
  ['f', 'function* f(a) { const read = () => arguments[0]; return [a, read()]; }'],
  ['f', 'function* f(a, b = function* () { yield a; }) { return typeof b === "string" ? b : [...b.call()]; }'],
  ['f', 'function* f(a) { "use strict"; return [a, this]; }'],
  ['m', '({ *m(a) { return [a]; } }).m'],
  ['#', '({ *"#"() { return []; } })["#"]'],
  ['[1 + 1]', '({ *[1 + 1]() { return []; } })[2]'],
  ['B.m', 'new (class B { x = 3; *m(a) { return [a, super.toString === Object.prototype.toString]; } })().m'],
  ['B.s', '(class B { static *s(...rest) { return rest; } }).s'],
  ['B.#p', '(class B { static *#p(a) { return [a]; } static p = this.#p; }).p'],
  ['f', 'new (class B { f = function* (a) { return [a]; } })().f'],
  ['f', '(() => { let f; f = function* () { return []; }; return f; })()'],
  ['f', '(({ f = function* () { return [1]; } }) => f)({})'],
  ['kept', '((__name) => __name(function* () { return []; }, "kept"))((fn) => fn)'],
  ['K.m', '((__name) => new (class _K { static { __name(this, "K"); } *m() { return []; } })().m)(() => {})'],
];

for (const [name, expression] of forms) {
  test(`a call and its beginning are told, and nothing else is changed: ${expression}`, () => {
    const { rewritten, original } = evaluate(expression);
    assert.equal(rewritten.length, original.length);
    for (const args of [[], ['tea'], [['tea'], 'gin', 'ale', 'rum']].filter((some) => some.length >= original.length)) {
      events.length = 0;
      const coroutine = rewritten(...args);
      assert.deepEqual(events, [`made ${name}`]);
      assert.deepEqual(coroutine.next(), original(...args).next());
      assert.deepEqual(events, [`made ${name}`, `begun ${name}`]);
    }
  });
}

const untouched: [why: string, source: string, format?: string][] = [
  ['no coroutine function', 'const a = 1 * 2; function f() {} async function* g() {}'],
  ['a yield of its own: an iterator', 'function* f() { yield* f(); if (f) { yield 1; } }'],
  ['what the parser does not know', 'function* f() {} f() = 1;'],
  ['no JavaScript', '{ "a": "function* f() {}" }', 'json'],
  ['sloppy: arguments follow the parameters', 'function* f(a) { arguments[0] = 1; return a; }'],
  ['sloppy: two parameters of one name', 'function* f(a, a) {}'],
  ['sloppy: strict alone', 'function* f() { "use strict"; }'],
];

for (const [why, source, format] of untouched) {
  test(`left alone: ${why}`, () => {
    assert.equal(load(source, format), source);
  });
}

test('the yield of a function within is not its own', () => {
  assert.match(
    load('function* f() { return function* () { yield 1; }; }'),
    /^function\* f\(\.\.\..*\}\) \{.*function\* \(\) \{ y/,
  );
});

test('sloppy code and strict modules', () => {
  const { rewritten } = evaluate('function* f(a) { return [a, this !== undefined]; }', true);
  assert.deepEqual(rewritten('tea').next().value, ['tea', true]);
  assert.match(load('export function* f(a, b) { "use strict"; return arguments; }', 'module'), /f\(a, b,\.\.\./);
});

test('modules of other packages, of the library, and of no file are left alone', () => {
  const source = 'function* f() {}';
  initialize(['file:///program/library/src/']);
  for (const url of [
    'file:///program/node_modules/a/b.js',
    'file:///program/library/src/a.js',
    'data:text/javascript,a',
  ])
    assert.equal(load(source, 'module', url), source);
  assert.notEqual(load(source, 'module', 'file:///program/library/a.js'), source);
  initialize([]);
  assert.notEqual(load(Buffer.from(source), 'module'), source);
});

/** Each word of `source` that stands once in it, with where the loader's map says that it came from. */
function checkMap(source: string, words: readonly string[], origin: string, format = 'module'): void {
  const code = load(source, format);
  assert.notEqual(code, source);
  const embedded = [...code.matchAll(/sourceMappingURL=data:application\/json;base64,(\S+)/g)];
  assert.equal(embedded.length, 1);
  const map = new nodeModule.SourceMap(JSON.parse(Buffer.from(embedded[0]![1]!, 'base64').toString()));
  const positionIn = (text: string, word: string): [line: number, column: number] => {
    const before = text.slice(0, text.indexOf(word)).split('\n');
    return [before.length - 1, before.at(-1)!.length];
  };
  for (const word of words) {
    const entry = map.findEntry(...positionIn(code, word)) as { originalLine: number; originalColumn: number };
    assert.deepEqual([entry.originalLine, entry.originalColumn], positionIn(origin, word), word);
  }
}

test('the map leads each token back to where it was', () => {
  const source =
    'const start = 1; function* one(first, second) { left(); } function* two() { inner(); } outer();\n' +
    '\n' +
    '/* a\ncomment */ const afterComment = template; class A { *m(...rest) { deep(); } } last();\r\nfinal();';
  checkMap(source, source.match(/[a-zA-Z]{4,}(?=\()|\b(?:start|first|second|afterComment|rest|template)\b/g)!, source);
});

test('a map that is there is carried on', async () => {
  const { transformSync } = await import('esbuild');
  const origin = `
    interface Order { drink: string }
    export function* serve(order: Order, ...more: Order[]) { throw new RangeError(order.drink); }
    export function* other() { serve({ drink: 'tea' }); }
    export const lines = [longName(), anotherName()];`;
  const { code } = transformSync(origin, { loader: 'ts', minifyWhitespace: true, sourcemap: 'inline' });
  checkMap(code, ['RangeError', 'lines', 'longName', 'anotherName'], origin);
});
