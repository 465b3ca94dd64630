import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { libc, pinned } from '../../src/ffi/libc.ts';
import { UvPoll, uvPollUnavailable } from '../../src/ffi/uv-poll.ts';

const EFD_NONBLOCK_CLOEXEC = 0o2004000;

/** A descriptor that is readable from `raise` to `lower`. */
function flag() {
  const fd = libc().eventfd(0, EFD_NONBLOCK_CLOEXEC);
  const one = pinned(8);
  one.bytes[0] = 1;
  return {
    fd,
    raise: () => assert.equal(libc().write(fd, one.address, 8), 8),
    lower: () => libc().read(fd, pinned(8).address, 8) === 8,
    close: () => assert.equal(libc().close(fd), 0),
  };
}

/** Runs a fixture in a process of its own; its output and how it ended. */
function run(mode: string): { output: string; status: number | null; signal: string | null } {
  const file = fileURLToPath(new URL('uv-poll-fixture.ts', import.meta.url));
  const env = { ...process.env, NODE_TEST_CONTEXT: undefined };
  const child = spawnSync(process.execPath, [...process.execArgv, file, mode], {
    encoding: 'utf8',
    env,
    timeout: 60_000,
  });
  return { output: child.stdout + child.stderr, status: child.status, signal: child.signal };
}

describe('UvPoll', { skip: uvPollUnavailable() ?? false }, () => {
  test('wakes when the descriptor becomes readable, again and again', async () => {
    const ready = flag();
    for (let i = 0; i < 3; i++) {
      await new Promise<void>((resolve) => {
        const watch = new UvPoll(ready.fd, () => {
          if (!ready.lower()) return watch.start();
          watch.close();
          resolve();
        });
        watch.start();
        setImmediate(ready.raise);
      });
    }
    ready.close();
  });

  test('calls once a start, and not after stop or close', async () => {
    const ready = flag();
    let calls = 0;
    const watch = new UvPoll(ready.fd, () => calls++);
    const rounds = async (): Promise<void> => {
      for (let i = 0; i < 5; i++) await new Promise<void>((resolve) => setImmediate(resolve));
    };
    ready.raise();
    await rounds();
    assert.equal(calls, 0);
    watch.start();
    watch.start();
    await rounds();
    assert.equal(calls, 1);
    watch.start();
    watch.stop();
    await rounds();
    assert.equal(calls, 1);
    watch.start();
    watch.close();
    watch.close();
    await rounds();
    assert.equal(calls, 1);
    assert.throws(() => watch.start(), /closed/);
    ready.close();
  });

  test('a bad descriptor is refused', () => {
    assert.throws(() => new UvPoll(1_000_000, () => undefined), /uv_poll_init/);
  });

  for (const [mode, output] of [
    ['main-unref', 'woken\n'],
    ['main-exit', 'woken\n'],
    ['main-close', 'woken\n'],
    ['worker-close', 'woken\nexit 0\n'],
    ['worker-terminate', 'woken\nexit 1\n'],
    ['worker-exit', 'woken\nexit 1\n'],
    ['worker-unref', 'woken\nexit 0\n'],
  ] as const) {
    test(`the process ends well: ${mode}`, () => {
      assert.deepEqual(run(mode), { output, status: mode === 'main-exit' ? 1 : 0, signal: null });
    });
  }
});
