/** Debug mode of whole programs, as a user calls it: needs the build, which `npm test` makes first. */
import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import nodeModule from 'node:module';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { Child, type Ended, root } from '../support/child.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = temporaryFolder('watch');
const bin = join(root, 'bin/tsyncio.js');
/** Before it, `require` passes by the hooks. */
const hooksSeeRequire = 'registerHooks' in nodeModule;

function program(name: string, text: string): string {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
  return name;
}

function node(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  return new Child(args, env, folder).ended();
}

function runDebug(file: string): Promise<Ended> {
  return node([bin, 'run', '--debug', file]);
}

/** What was reported, each with the line where the coroutine was made, in the order of these. */
function reportsOf({ stderr }: Ended): [line: number, name: string][] {
  const found = stderr.matchAll(
    /^coroutine '(.*)' was never awaited\ncreated at:\n(?: {4}at .*<anonymous>\)\n)* {4}at .*:(\d+):\d+\)?$/gm,
  );
  return [...found].map(([, name, line]): [number, string] => [Number(line), name!]).sort(([a], [b]) => a - b);
}

/** The lines of a program that end in a comment `// forgets NAME`. */
function forgottenIn(text: string): [line: number, name: string][] {
  return text.split('\n').flatMap((line, i): [number, string][] => {
    const name = / \/\/ forgets (.+)$/.exec(line)?.[1];
    return name === undefined ? [] : [[i + 1, name]];
  });
}

const everyForm = `
import { coroutine, type Coroutine, sleep, wrapFuture } from 'tsyncio';

interface Order { drink: string; count?: number }
function* serve(customer: string): Coroutine<string> {
  yield* sleep(1);
  return customer;
}
const expression = function* (): Coroutine<void> {};
const marked = coroutine(function* marked(): Coroutine<void> {});
function* defaults(a = 1, { drink, count = a }: Order = { drink: 'tea' }): Coroutine<void> { void [drink, count]; }
function* rest(first: number, ...others: number[]): Coroutine<number> { return first + others.length; }
const object = { *method(): Coroutine<void> {} };
class Bar {
  readonly #stock = ['tea'];
  *pour(drink: string): Coroutine<boolean> { return this.#stock.includes(drink); }
  *#secret(...drinks: string[]): Coroutine<number> { return drinks.length + this.#stock.length; }
  static *open(): Coroutine<void> {}
  field = function* (): Coroutine<void> {};
  forget(): void {
    this.#secret('tea'); // forgets Bar.#secret
  }
}
export function* main(...args: string[]): Coroutine<void> {
  function* nested(): Coroutine<string[]> {
    yield* sleep(0);
    return args;
  }
  const bar = new Bar();
  serve('Ann'); // forgets serve
  expression(); // forgets expression
  marked();
  defaults(); // forgets defaults
  rest(1, 2, 3); // forgets rest
  object.method(); // forgets method
  bar.pour('gin'); // forgets Bar.pour
  bar.forget();
  Bar.open(); // forgets Bar.open
  bar.field(); // forgets field
  nested(); // forgets nested
  [1].map(rest); // forgets rest
  for (const customer of ['Bob', 'Cid']) {
    const order = function* (): Coroutine<string> { return customer; };
    if (customer === 'Bob') order(); // forgets order
    else console.log(yield* order());
  }
  serve; serve(''); // forgets serve
  yield* wrapFuture(new Promise<void>((resolve) => setImmediate(() => {
    serve('between turns'); // forgets serve
    resolve();
  })));
  console.log(yield* rest(1, 2, 3), yield* bar.pour('tea'), rest.length, defaults.length, isNaN(yield* rest(1)));
}
`;

test('every kind of function*, by its name, with where it was called', async () => {
  const ended = await runDebug(program('forms.ts', everyForm));
  const marked = reportsOf(ended).filter(([, name]) => name !== 'marked');
  assert.deepEqual(marked, forgottenIn(everyForm));
  // Seen in both ways, reported once; the library's own frames come first.
  assert.equal(ended.stderr.split("coroutine 'marked' was never awaited").length, 2);
  assert.equal(ended.stdout, 'Cid\n3 true 1 0 false\n');
  assert.equal(ended.code, 0);
});

const allUsed = `
import {
  asyncGenerator, asyncWith, createTask, type Coroutine, gather, shield, sleep, TaskGroup, wait, waitFor,
} from 'tsyncio';

function* serve(customer: string): Coroutine<string> {
  yield* sleep(1);
  return customer;
}
function* atOnce(): Coroutine<string> { return 'now'; }
function* numbers() { yield 1; yield 2; }
function* all() { yield* numbers(); }
function* fail(): Coroutine<never> { throw new RangeError('no'); }
export function* main(): Coroutine<void> {
  console.log(yield* serve('Ann'), yield* atOnce(), ...all());
  console.log(yield* gather([serve('Bob'), createTask(serve('Cid')), atOnce()]));
  console.log(yield* waitFor(serve('Dan'), 10_000), yield* shield(serve('Eve')), yield* createTask(atOnce(), { eagerStart: true }));
  yield* wait([createTask(serve('Fay'))]);
  yield* asyncWith(new TaskGroup(), function* (group) { group.createTask(serve('Gus')); });
  // Never begun: cancelled before, refused, closed by hand, thrown into.
  createTask(serve('Hal')).cancel();
  try {
    yield* asyncWith(new TaskGroup(), function* (group) {
      group.createTask(serve('Ian'));
      group.createTask(function* (): Coroutine<void> {}());
      throw new RangeError('no');
    });
  } catch {}
  try { new TaskGroup().createTask(serve('Jan')); } catch {}
  try { yield* waitFor(serve('Kim'), 0); } catch {}
  serve('Leo').return('');
  yield* gather([fail(), serve('Mia')], { returnExceptions: true });
  // No coroutines.
  numbers();
  for (const number of all()) { console.log(number); break; }
  asyncGenerator(function* (emit) { yield* emit(1); });
  createTask(serve('left over'));
}
`;

test('what is awaited, given to the library or closed is not reported', async () => {
  const ended = await runDebug(program('used.ts', allUsed));
  assert.doesNotMatch(ended.stderr, /never awaited/);
  assert.match(ended.stdout, /^Ann now 1 2\n\[ 'Bob', 'Cid', 'now' \]\nDan Eve now\n1\n$/);
  assert.equal(ended.code, 0);
});

const failing = `
import { sleep } from 'tsyncio';
function* fail(a) { yield* sleep(1); } class A { *deep(...b) { fail(b); throw new RangeError('here'); } }
export function* main() { try { yield* new A().deep(1, 2); } catch (error) {
  console.log(error.stack.split('\\n').filter((line) => line.includes('failing')).join('\\n')); throw error; } }
`;

for (const name of ['failing.ts', 'failing.mjs']) {
  test(`an error has the positions of the source: ${name}`, async () => {
    const text = name.endsWith('ts')
      ? failing.replace('(a)', '(a: unknown[])').replace('...b', '...b: number[]').replaceAll('(error)', '(error: any)')
      : failing;
    const file = program(name, text);
    const debug = await runDebug(file);
    const plain = await node([bin, 'run', file]);
    const placeOf = (word: string): string => {
      const before = text.slice(0, text.indexOf(word)).split('\n');
      return `${before.length}:${before.at(-1)!.length + 1}`;
    };
    const places = [...debug.stdout.matchAll(/:(\d+:\d+)\)/g)].map((match) => match[1]);
    assert.deepEqual(places, [placeOf('new RangeError'), placeOf('deep(1, 2)')]);
    assert.deepEqual(
      places,
      [...plain.stdout.matchAll(/:(\d+:\d+)\)/g)].map((match) => match[1]),
    );
    assert.match(
      debug.stderr,
      new RegExp(`'fail' was never awaited\ncreated at:\n {4}at A.deep \\(.*${name}:${placeOf('fail(b)')}\\)\n`),
    );
    assert.match(
      debug.stderr,
      new RegExp(`RangeError: here\n {4}at A.deep \\(.*${name}:${placeOf('new RangeError')}\\)\n`),
    );
  });
}

const forgetful = `
import { sleep } from 'tsyncio';
function* serve() { yield* sleep(1); }
export function* main() {
  serve(); // forgets serve
  console.log('ran', '__tsyncio' in globalThis, serve.toString());
}
`;

test('TSYNCIO_DEBUG=1 is --debug; without, nothing is rewritten', async () => {
  const file = program('forgetful.mjs', forgetful);
  const reported = await node([bin, 'run', file], { TSYNCIO_DEBUG: '1' });
  assert.deepEqual(reportsOf(reported), forgottenIn(forgetful));
  assert.match(reported.stdout, /^ran true function\* serve\(\.\.\./);
  for (const env of [{}, { TSYNCIO_DEBUG: '0' }] as Record<string, string>[]) {
    const { stdout, stderr } = await node([bin, 'run', file], env);
    assert.equal(stderr, '');
    assert.equal(stdout, 'ran false function* serve() { yield* sleep(1); }\n');
  }
});

test('what the parser does not know is loaded as it is', async () => {
  const file = program('odd.mjs', `${forgetful}\nif (false) serve() = 1;`);
  const ended = await runDebug(file);
  assert.deepEqual(reportsOf(ended), []);
  assert.match(ended.stdout, /^ran true function\* serve\(\) \{/);
  assert.equal(ended.code, 0);
});

test('other packages are left alone', async () => {
  program('node_modules/other/index.js', `exports.made = function* made() { return serve; };`);
  const file = program(
    'uses.mjs',
    `import other from 'other';
     function* own() {}
     export function* main() { other.made(); own(); }`,
  );
  assert.deepEqual(reportsOf(await runDebug(file)), [[3, 'own']]);
});

test('functions that are sent to threads by their source', async () => {
  const file = program(
    'thread.ts',
    `import { type Coroutine, toThread } from 'tsyncio';
     function work(n: number): number {
       function* add(...numbers: number[]): Coroutine<number> { return numbers.length + n; }
       return add(1, 2).next().value as unknown as number;
     }
     export function* main(): Coroutine<void> { console.log(yield* toThread(work, 40)); }`,
  );
  const ended = await runDebug(file);
  assert.equal(ended.stdout, '42\n');
  assert.equal(ended.code, 0);
});

/** A project, which has the library in its node_modules. */
function project(name: string): string {
  mkdirSync(join(folder, name, 'node_modules'), { recursive: true });
  for (const [link, target] of Object.entries({ tsyncio: root, tsx: join(root, 'node_modules/tsx') }))
    symlinkSync(target, join(folder, name, 'node_modules', link), 'dir');
  return name;
}

test('CommonJS', { skip: !hooksSeeRequire }, async () => {
  const common = project('common');
  const text = forgetful
    .replace("import { sleep } from 'tsyncio'", "const { sleep } = require('tsyncio')")
    .replace('export function* main', 'exports.inner = function* inner');
  program(`${common}/inner.cjs`, text);
  const outer = `const { inner } = require('./inner.cjs');\nexports.main = function* main() { inner(); yield* inner(); };\n`;
  const ended = await runDebug(program(`${common}/outer.cjs`, outer));
  assert.deepEqual(reportsOf(ended), [[2, 'inner'], ...forgottenIn(text)]);
});

test('node --import tsyncio/debug', async () => {
  const cwd = join(folder, project('imports'));
  const text = `${forgetful.replace('export ', '')}\nimport { run } from 'tsyncio';\nawait run(main);\n`;
  program('imports/plain.mjs', text);
  program('imports/typed.mts', text.replace('serve()', 'serve(): Generator<never, void>'));
  const flags = ['--import', 'tsyncio/debug'];
  for (const args of [
    [...flags, 'plain.mjs'],
    ['--import', 'tsx', ...flags, 'typed.mts'],
  ]) {
    const ended = await new Child(args, {}, cwd).ended();
    assert.deepEqual(reportsOf(ended), forgottenIn(text));
    assert.match(ended.stdout, /^ran true /);
  }
  const off = await new Child([...flags, 'plain.mjs'], { TSYNCIO_DEBUG: '0' }, cwd).ended();
  assert.equal(off.stderr, '');
  assert.match(off.stdout, /^ran false /);
});
