import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startFixture } from '../support/child.ts';

for (const mode of ['asleep', 'busy']) {
  test(`the first Ctrl-C cancels main, and finally blocks run (${mode})`, async () => {
    const child = startFixture('interrupted.ts', [mode]);
    await child.printed('ready');
    child.interrupt();
    const { code, stdout } = await child.ended();
    assert.deepEqual(stdout.trim().split('\n'), [
      'ready',
      'caught CancelledError',
      'main: finally',
      'child: finally',
      'run: KeyboardInterrupt',
    ]);
    assert.equal(code, 130);
  });
}

test('the second Ctrl-C ends the process', async () => {
  const child = startFixture('interrupted.ts', ['slow']);
  await child.printed('ready');
  child.interrupt();
  await child.printed('main: finally');
  child.interrupt();
  const { code, stdout } = await child.ended();
  assert.equal(code, 130);
  assert.ok(!stdout.includes('run:'), stdout);
});

test('a main that swallows the cancel goes on, and run gives its result', async () => {
  const child = startFixture('interrupted.ts', ['swallow']);
  await child.printed('ready');
  child.interrupt();
  const { code, stdout } = await child.ended();
  assert.equal(stdout.trim().split('\n').at(-1), 'went on');
  assert.equal(code, 0);
});
