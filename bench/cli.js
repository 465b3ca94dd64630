/**
 * node bench/cli.js [suite] [--node PROGRAM] [options]
 *
 * `--node` is another Node to measure with, and to run the JavaScript peers; default: the one that runs this.
 * Compiles the library and the benchmarks with the repository's own compiler into bench/.build (so that what is
 * measured is what users get: no loader, no transformer), installs bench's peers on first use, and runs the suite.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const bench = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('..', import.meta.url));
const suites = [
  'echo',
  'tls',
  'udp',
  'http',
  'accept',
  'curves',
  'scaling',
  'core',
  'timers',
  'spawn',
  'files',
  'debug',
  'engine',
  'startup',
  'fairness',
  'goals',
];

const words = process.argv.slice(2);
const suite = words[0] !== undefined && !words[0].startsWith('-') ? words.shift() : 'echo';
if (suite === undefined || !suites.includes(suite)) {
  console.error(`bench: no suite ${suite}; there are ${suites.join(', ')}`);
  process.exit(2);
}

/** Takes `--node PROGRAM` out of the words. */
function takeNode() {
  const at = words.indexOf('--node');
  if (at < 0) return process.execPath;
  const [, program] = words.splice(at, 2);
  if (program !== undefined && spawnSync(program, ['--version']).status === 0) return program;
  console.error(`bench: --node wants a program, not ${program}`);
  process.exit(2);
}
const node = takeNode();

const compiler = `${root}node_modules/typescript/bin/tsc`;
if (!existsSync(compiler)) {
  console.error('bench: run `npm ci` in the root of the repository first');
  process.exit(1);
}
rmSync(`${bench}.build/js`, { recursive: true, force: true });
const build = spawnSync(process.execPath, [compiler, '-p', `${bench}tsconfig.json`], { stdio: 'inherit' });
if (build.status !== 0) {
  console.error('bench: the sources do not compile');
  process.exit(1);
}

// So that the examples, which are measured as they are, find the library by its name.
const library = {
  name: 'tsyncio',
  type: 'module',
  sideEffects: false,
  exports: { '.': './index.js', './testing': './testing/index.js' },
};
writeFileSync(`${bench}.build/js/src/package.json`, JSON.stringify(library));
mkdirSync(`${bench}.build/js/node_modules`);
symlinkSync('../src', `${bench}.build/js/node_modules/tsyncio`);

if (['core', 'startup'].includes(suite) && !existsSync(`${bench}node_modules/effect`)) {
  console.log('bench: installing the peers (effect, effection) in bench/node_modules');
  const install = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: bench, stdio: 'inherit' });
  if (install.status !== 0) {
    console.error('bench: that failed: the peers are left out. By hand: npm ci --prefix bench');
  }
}

if (suite === 'startup') {
  const dist = spawnSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' });
  if (dist.status !== 0) process.exit(1);
}

const run = spawnSync(node, ['--enable-source-maps', `${bench}.build/js/bench/${suite}/main.js`, ...words], {
  stdio: 'inherit',
  cwd: root,
  env: { ...process.env, TSYNCIO_BENCH: bench, NODE_OPTIONS: '' },
});
process.exit(run.status ?? 1);
