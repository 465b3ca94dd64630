/** The command as a user calls it: needs the build, which `npm test` makes first. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Child, type Ended, root } from '../support/child.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const bin = join(root, 'bin/tsyncio.js');
/** Outside of any project, as a first try of a stranger may be. */
const folder = temporaryFolder('run');

function start(...args: string[]): Child {
  return new Child([bin, ...args], {}, folder);
}

function tsyncio(...args: string[]): Promise<Ended> {
  return start(...args).ended();
}

/** Writes a program and gives its name. */
function program(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return name;
}

const greeting = program(
  'greeting.ts',
  `import { type Coroutine, sleep } from 'tsyncio';
enum Drink { Tea = 'tea' }
export function* main(...names: string[]): Coroutine<void> {
  yield* sleep(1);
  console.log(JSON.stringify([Drink.Tea, names, process.argv.slice(2)]), process.argv[1]?.endsWith('greeting.ts'));
}
`,
);

test('runs main of a TypeScript file with the args, which are its own even when they look like options', async () => {
  const { code, stdout, stderr } = await tsyncio('run', greeting, 'Ann', '--debug', '--io', '-h');
  assert.equal(stderr, '');
  const args = '["Ann","--debug","--io","-h"]';
  assert.equal(stdout, `["tea",${args},${args}] true\n`);
  assert.equal(code, 0);
});

test('runs JavaScript', async () => {
  const file = program(
    'plain.mjs',
    `import { sleep } from 'tsyncio';
     export function* main(name) { yield* sleep(1); console.log('hello', name); }`,
  );
  assert.deepEqual(await tsyncio('run', '--', file, 'Bob'), {
    code: 0,
    signal: null,
    stdout: 'hello Bob\n',
    stderr: '',
  });
});

test('a module that calls run itself is run once, though it exports main', async () => {
  const file = program(
    'itself.ts',
    `import { type Coroutine, run, sleep } from 'tsyncio';
     export function* main(): Coroutine<void> { yield* sleep(1); console.log('ran'); }
     await run(main);`,
  );
  assert.equal((await tsyncio('run', file)).stdout, 'ran\n');
});

test('a module of several files', async () => {
  program('drinks.ts', `export const drinks: readonly string[] = ['tea'];`);
  const file = program(
    'several.ts',
    `import { drinks } from './drinks.ts';
     export function* main() { console.log(drinks.join()); }`,
  );
  assert.equal((await tsyncio('run', file)).stdout, 'tea\n');
});

test("options before the file are the command's", async () => {
  const file = program(
    'options.ts',
    `import { type Coroutine, getRunningLoop } from 'tsyncio';
     export function* main(): Coroutine<void> { console.log(getRunningLoop().getDebug(), process.env.TSYNCIO_IO); }`,
  );
  assert.equal((await tsyncio('run', '--debug', '--io=epoll', file)).stdout, 'true epoll\n');
  assert.equal((await tsyncio('run', '--io', 'auto', file)).stdout, 'false auto\n');
});

const failing = program(
  'failing.ts',
  `import { asyncWith, type Coroutine, sleep, TaskGroup } from 'tsyncio';
function* pour(drink: string): Coroutine<void> {
  try {
    yield* sleep(1);
  } finally {
    throw new RangeError(\`no \${drink}\`, { cause: new TypeError('empty') });
  }
}
export function* main(): Coroutine<void> {
  yield* asyncWith(new TaskGroup(), function* bar(group) {
    group.createTask(pour('tea'));
    group.createTask(pour('gin'));
  });
}
`,
);

test('a failure: exit code 1, the errors with the frames of the program, causes and members of groups', async () => {
  const { code, stdout, stderr } = await tsyncio('run', failing);
  assert.equal(code, 1);
  assert.equal(stdout, '');
  const lines = stderr
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/:\d+\)$/, ')'));
  assert.deepEqual(lines, [
    'ExceptionGroup: unhandled errors in a TaskGroup (2 sub-exceptions)',
    '    at main (failing.ts:10)',
    '  [1 of 2] RangeError: no tea',
    '      at pour (failing.ts:6)',
    '    caused by TypeError: empty',
    '        at pour (failing.ts:6)',
    '  [2 of 2] RangeError: no gin',
    '      at pour (failing.ts:6)',
    '    caused by TypeError: empty',
    '        at pour (failing.ts:6)',
  ]);
});

test('with --debug the whole stacks are shown', async () => {
  const { code, stderr } = await tsyncio('run', '--debug', failing);
  assert.equal(code, 1);
  assert.match(stderr, /at Task\._step/);
});

test('a failure ends the process although timers are set, also when the promise of run is not awaited', async () => {
  const file = program(
    'timers.ts',
    `import { type Coroutine, run, sleep } from 'tsyncio';
     setInterval(() => {}, 1_000_000);
     void run(function* pour(): Coroutine<void> { yield* sleep(1); throw new RangeError('no beer'); });`,
  );
  const { code, stderr } = await tsyncio('run', file);
  assert.equal(stderr.split('\n')[0], 'RangeError: no beer');
  assert.match(stderr, /at pour \(timers\.ts:3:/);
  assert.equal(code, 1);
});

test('a program that can never go on ends with what it waits for', async () => {
  const file = program(
    'stuck.ts',
    `import { type Coroutine, Future } from 'tsyncio';
     export function* main(): Coroutine<void> { yield* new Future<void>(); }`,
  );
  const { code, stderr } = await tsyncio('run', file);
  assert.equal(code, 1);
  assert.match(stderr, /^DeadlockError: .*\n\s+Task-1 waits for a future.*\n\s+at main \(.*stuck\.ts:2:/);
});

test('a file that cannot be read as a program: exit code 1', async () => {
  const broken = await tsyncio('run', program('broken.ts', 'export function* main( {'));
  assert.equal(broken.code, 1);
  assert.match(broken.stderr, /broken\.ts/);
  const lost = await tsyncio('run', program('lost.ts', `import './nowhere.ts';`));
  assert.equal(lost.code, 1);
  assert.match(lost.stderr, /Cannot find module .*nowhere\.ts/);
});

test('Ctrl-C: exit code 130 after the finally blocks, and not a word', async () => {
  const file = program(
    'waiting.ts',
    `import { type Coroutine, sleep } from 'tsyncio';
     export function* main(): Coroutine<void> {
       try { console.log('ready'); yield* sleep(1_000_000); } finally { yield* sleep(1); console.log('clean'); }
     }`,
  );
  const child = start('run', file);
  await child.printed('ready');
  child.interrupt();
  assert.deepEqual(await child.ended(), { code: 130, signal: null, stdout: 'ready\nclean\n', stderr: '' });
});

test('the second Ctrl-C ends it at once', async () => {
  const file = program(
    'slow.ts',
    `import { type Coroutine, sleep } from 'tsyncio';
     export function* main(): Coroutine<void> {
       try { console.log('ready'); yield* sleep(1_000_000); }
       finally { console.log('cleaning'); yield* sleep(1_000_000); }
     }`,
  );
  const child = start('run', file);
  await child.printed('ready');
  child.interrupt();
  await child.printed('cleaning');
  child.interrupt();
  assert.equal((await child.ended()).code, 130);
});

const misuses: [args: string[], message: RegExp][] = [
  [[], /^tsyncio: a command is missing/],
  [['frobnicate'], /unknown command frobnicate/],
  [['--frobnicate'], /unknown option --frobnicate/],
  [['greeting.ts', 'Ann'], /unknown command greeting\.ts, did you mean: tsyncio run greeting\.ts Ann/],
  [['run'], /run needs a file/],
  [['run', '--fast', greeting], /Unknown option '--fast'/],
  [['run', '--io', 'kqueue', greeting], /--io must be one of auto, io_uring, epoll, node, got kqueue/],
  [['run', '--io'], /--io/],
  [['run', 'nothing.ts'], /no such file: nothing\.ts/],
  [['run', '.'], /not a file: \./],
  [['run', program('nomain.ts', 'export const name = 1;')], /nomain\.ts exports no coroutine function main/],
  [['run', program('number.ts', 'export const main = 1;')], /number\.ts exports a main that is no function/],
];

for (const [args, message] of misuses) {
  test(`bad usage: tsyncio ${args.join(' ')}`, async () => {
    const { code, stdout, stderr } = await tsyncio(...args);
    assert.match(stderr, message);
    assert.match(stderr, /Try: tsyncio --help/);
    assert.equal(stdout, '');
    assert.equal(code, 2);
  });
}

test('help and version', async () => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  assert.equal((await tsyncio('--version')).stdout, `${version}\n`);
  assert.match((await tsyncio('--help')).stdout, /Usage: tsyncio <command>/);
  for (const args of [
    ['run', '--help'],
    ['help', 'run'],
  ]) {
    const { code, stdout } = await tsyncio(...args);
    assert.match(stdout, /Usage: tsyncio run \[options\] <file>/);
    assert.equal(code, 0);
  }
});
