/**
 * The one test command: types, lint and format, build, then every test file under node:test.
 *
 *   npm test                     everything
 *   npm run test:unit -- NAME…   only the test files whose path contains one of the names
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const only = process.argv[2] === '--only';
const names = only ? process.argv.slice(3) : process.argv.slice(2);

/** @param {string} command @param {string[]} args @param {Record<string, string>} [env] */
function step(command, args, env) {
  console.log(`\n> ${[command, ...args].join(' ').slice(0, 160)}`);
  const child = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
  if (child.status !== 0) process.exit(child.status ?? 1);
}

/** @param {string} folder @returns {string[]} */
function testFiles(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return testFiles(path);
      return entry.name.endsWith('.test.ts') ? [path] : [];
    })
    .sort();
}

if (!only) {
  step('npx', ['tsc', '-p', 'tsconfig.json']);
  step('npx', ['biome', 'check', '--error-on-warnings', '.']);
  step('npm', ['run', '--silent', 'build']);
}
const files = testFiles('test').filter((file) => names.length === 0 || names.some((name) => file.includes(name)));
if (files.length === 0) {
  console.error(`no test file matches ${names.join(', ')}`);
  process.exit(1);
}
step(
  process.execPath,
  ['--conditions=@tsyncio/source', '--import', 'tsx', '--test', '--test-concurrency=2', ...files],
  { NODE_OPTIONS: '' },
);
