import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { root } from '../support/child.ts';

/** What a program without the condition @tsyncio/source gets: the build, which `npm test` makes first. */
function inBuild(code: string, ...flags: string[]): string {
  const ended = spawnSync(process.execPath, [...flags, '--input-type=module', '-e', code], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  assert.equal(ended.stderr, '');
  assert.equal(ended.status, 0);
  return ended.stdout.trim();
}

test('the build exports what the sources do, and its classes have their names', async () => {
  const code = `
    const library = await import('tsyncio');
    console.log(JSON.stringify(Object.entries(library).map(([name, value]) => [name, value?.name ?? null])));`;
  const built = JSON.parse(inBuild(code)) as [string, string | null][];
  const sources = Object.entries(await import('tsyncio'));
  assert.deepEqual(
    built,
    sources.map(([name, value]) => [name, (value as { name?: string }).name ?? null]),
  );
});

test('the files for bundlers export the same', async () => {
  const code = `console.log(JSON.stringify(Object.keys(await import('tsyncio'))));`;
  assert.equal(inBuild(code, '--conditions=module'), inBuild(code));
});

/** Uses what is loaded at its first use: network, driver, and files by the ring where there is one. */
const USE_ALL = `
  import { openConnection, openFile, run, startServer } from 'tsyncio';
  console.log(await run(function* () {
    const server = yield* startServer(function* (reader, writer) {
      writer.write(yield* reader.readLine());
      writer.close();
    }, { host: '127.0.0.1', port: 0 });
    const [reader, writer] = yield* openConnection({ host: '127.0.0.1', port: server.sockets[0].getsockname().port });
    writer.write(Buffer.from('a beer\\n'));
    const answer = String(yield* reader.readLine()).trim();
    writer.close();
    server.close();
    const file = yield* openFile('package.json', 'r', { encoding: 'utf8' });
    const line = yield* file.readLine();
    yield* file.close();
    return answer + line.trim();
  }));`;

test('what is loaded at its first use is there, by import and by require', () => {
  assert.equal(inBuild(USE_ALL), 'a beer{');
});

test('where a module cannot be required, all of it is loaded at the start', () => {
  // Node 20.19 and later know the flag; those before do as it says.
  const flag = '--no-experimental-require-module';
  const where = `console.log(import.meta.resolve('tsyncio').split('/').at(-1));`;
  assert.equal(inBuild(where, flag), 'whole.js');
  assert.equal(inBuild(USE_ALL, flag), 'a beer{');
});

/** The files that an import of `file` loads, itself among them. */
function loadedWith(file: string, found = new Set<string>()): Set<string> {
  if (found.has(file)) return found;
  found.add(file);
  const imports = readFileSync(file, 'utf8').matchAll(/(?:^|[;\n}])(?:import|export)\b[^;"']*?["'](\.[^"']+)["']/g);
  for (const [, path] of imports) loadedWith(join(dirname(file), path!), found);
  return found;
}

test('an import of the package reads few files, and not those for the network', () => {
  const files = [...loadedWith(join(root, 'dist/index.js'))];
  assert.ok(files.length >= 2 && files.length <= 4, files.join());
  const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0);
  assert.ok(bytes > 100_000 && bytes < 260_000, `${bytes} bytes`);
  const whole = [...loadedWith(join(root, 'dist/whole.js'))].map((file) => file.slice(root.length));
  for (const name of ['drivers', 'network', 'ring-files']) {
    assert.ok(whole.includes(`dist/core/${name}.js`), name);
    assert.ok(!files.includes(join(root, `dist/core/${name}.js`)), name);
  }
});

test('an import of the package loads none of the modules of Node that many programs do without', () => {
  const code = `
    const before = new Set(process.moduleLoadList);
    const { run, sleep } = await import('tsyncio');
    await run(sleep(0));
    const after = process.moduleLoadList.filter((name) => !before.has(name));
    const { createSocket } = await import('node:dgram');
    const later = process.moduleLoadList.filter((name) => !before.has(name));
    console.log(JSON.stringify({ after, later: typeof createSocket === 'function' && later }));`;
  const { after, later } = JSON.parse(inBuild(code)) as { after: string[]; later: string[] };
  const heavy = /^NativeModule (child_process|dgram|dns\/promises|internal\/dns\/promises|net|tls|tty|worker_threads)$/;
  assert.deepEqual(
    after.filter((name) => heavy.test(name)),
    [],
  );
  // The list is Node's own and undocumented: it still tells.
  assert.ok(later.includes('NativeModule dgram'));
});

test('what is loaded at its first use are functions', async () => {
  for (const folder of ['files', 'loop', 'net']) {
    const parts = (await import(`../../src/${folder}/at-first-use.ts`)) as Record<string, unknown>;
    for (const [name, value] of Object.entries(parts)) {
      assert.equal(typeof value, 'function', name);
      assert.doesNotMatch(String(value), /^class\b/, name);
    }
  }
});

test('tsyncio/testing is of one piece with tsyncio', () => {
  const code = `
    import { sleep, getRunningLoop, EventLoop } from 'tsyncio';
    import { runVirtual } from 'tsyncio/testing';
    console.log(runVirtual(function* () {
      yield* sleep(1000);
      return getRunningLoop() instanceof EventLoop && getRunningLoop().time();
    }));`;
  assert.equal(inBuild(code), '1000');
});

test('of a program, not of the library: the frames that the build shows', () => {
  const code = `
    import { captureCallGraph, run } from 'tsyncio';
    await run(function* main() { console.log(captureCallGraph().callStack.map((frame) => frame.functionName).join()); });`;
  assert.equal(inBuild(code), 'main');
});
