import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
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
