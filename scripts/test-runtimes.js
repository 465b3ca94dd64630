/**
 * The I/O part of the tests, on the node driver, under Bun and Deno.
 *
 *   npm run test:runtimes                  both
 *   npm run test:runtimes -- bun NAME…     one; only the test files whose path contains one of the names
 *
 * A runtime is the one that the environment names (TSYNCIO_BUN, TSYNCIO_DENO), else that on PATH, else that of npm, by
 * npx; without any it is left out, with the reason. What is known not to work is in runtimes-known.js and docs/runtimes.md:
 * a file that fails and is not listed there fails the run.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { KNOWN } from './runtimes-known.js';

const root = fileURLToPath(new URL('..', import.meta.url));
/** In ms: one file. The slowest that ends takes a third of it. */
const LIMIT = 90_000;
const CONDITION = '--conditions=@tsyncio/source';
const FOLDERS = ['test/drivers', 'test/files', 'test/interop', 'test/net', 'test/process'];

/** @type {Record<string, { package: string, words: (file: string) => string[], counts: RegExp[] }>} */
const RUNTIMES = {
  bun: {
    package: 'bun@1.4',
    words: (file) => ['test', CONDITION, '--timeout', '15000', `./${file}`],
    counts: [/(\d+) pass/, /(\d+) fail/],
  },
  deno: {
    package: 'deno@2.9',
    words: (file) => ['test', '-A', '--no-check', CONDITION, file],
    counts: [/(\d+) passed/, /(\d+) failed/],
  },
};

/** @param {string} name @returns {string[] | undefined} */
function commandOf(name) {
  const given = process.env[`TSYNCIO_${name.toUpperCase()}`];
  for (const command of [given ? [given] : [name], ['npx', '--yes', RUNTIMES[name].package]]) {
    const tried = spawnSync(command[0], [...command.slice(1), '--version'], { encoding: 'utf8' });
    if (tried.status === 0) {
      console.log(`\n${tried.stdout.trim().split('\n')[0]}`);
      return command;
    }
  }
  return undefined;
}

/** @param {string[]} names */
function testFiles(names) {
  return FOLDERS.flatMap((folder) => readdirSync(join(root, folder)).map((file) => `${folder}/${file}`))
    .filter((file) => file.endsWith('.test.ts'))
    .filter((file) => !file.startsWith('test/drivers/') || file.startsWith('test/drivers/node'))
    .filter((file) => names.length === 0 || names.some((name) => file.includes(name)));
}

/** True when what happened is what is known. @param {string} name @param {string[]} command @param {string} file */
function runFile(name, command, file) {
  const { words, counts } = RUNTIMES[name];
  const child = spawnSync(command[0], [...command.slice(1), ...words(file)], {
    cwd: root,
    encoding: 'utf8',
    timeout: LIMIT,
    killSignal: 'SIGKILL',
    env: { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1', TSYNCIO_IO: '' },
  });
  const output = `${child.stdout}${child.stderr}`;
  const [passed, failed] = counts.map((count) => output.match(count)?.[1] ?? '?');
  const known = KNOWN[name]?.[file];
  const how = child.status === 0 ? 'ok' : known !== undefined ? 'known' : 'FAILED';
  const why = child.signal !== null ? `ended by ${child.signal}` : `${passed} passed, ${failed} failed`;
  console.log(`${how.padEnd(6)} ${file} (${why})${known === undefined ? '' : ` ${known}`}`);
  if (how === 'FAILED') console.log(output.slice(-3000));
  return how !== 'FAILED';
}

const words = process.argv.slice(2);
const wanted = Object.keys(RUNTIMES).filter(
  (name) => words.length === 0 || !(words[0] in RUNTIMES) || words[0] === name,
);
const names = words[0] in RUNTIMES ? words.slice(1) : words;
let good = true;
for (const name of wanted) {
  const command = commandOf(name);
  if (command === undefined) console.log(`\n${name}: left out, it is neither here nor to be had by npx`);
  else for (const file of testFiles(names)) good = runFile(name, command, file) && good;
}
process.exit(good ? 0 : 1);
