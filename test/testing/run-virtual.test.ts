import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Coroutine, createTask, Future, getRunningLoop, Lock, Runner, RuntimeError, sleep } from 'tsyncio';
import { DeadlockError, newVirtualEventLoop, runVirtual } from 'tsyncio/testing';
import { thrownBy } from '../support/collect-errors.ts';

test('time begins at 0 and jumps', () => {
  const time = runVirtual(function* () {
    assert.equal(getRunningLoop().time(), 0);
    yield* sleep(3_600_000);
    return getRunningLoop().time();
  });
  assert.equal(time, 3_600_000);
});

test('it is synchronous, and throws what the coroutine throws', () => {
  const error = new RangeError('no');
  const thrown = thrownBy(() =>
    runVirtual(function* () {
      yield* sleep(1);
      throw error;
    }),
  );
  assert.equal(thrown, error);
});

test('tasks left over are cancelled, and their cleanup runs, in virtual time', () => {
  const seen: string[] = [];
  runVirtual(function* () {
    createTask(
      (function* () {
        try {
          yield* sleep(1_000);
        } finally {
          yield* sleep(50);
          seen.push(`clean at ${getRunningLoop().time()}`);
        }
      })(),
    );
    yield* sleep(10);
  });
  assert.deepEqual(seen, ['clean at 60']);
});

test('not inside a running loop', () => {
  runVirtual(function* () {
    assert.throws(() => runVirtual(sleep(1)), RuntimeError);
  });
  assert.throws(() => runVirtual(5 as never), TypeError);
});

test('a DeadlockError names each blocked task, what it waits for, and its own frames, nothing else', () => {
  function* inner(future: Future<void>): Coroutine<void> {
    yield* future;
  }
  function* pianist(): Coroutine<void> {
    yield* inner(new Future<void>());
  }
  const error = thrownBy(() =>
    runVirtual(function* main() {
      yield* createTask(pianist(), { name: 'pianist' });
    }),
  );
  assert.ok(error instanceof DeadlockError);
  const lines = error.message.split('\n').map((line) => line.trim().replace(/\(.*\/(.*):\d+:\d+\)$/, '($1)'));
  assert.deepEqual(lines, [
    'nothing is ready and nothing is waited for, but the program is not done:',
    'Task-1 waits for <Task pianist>',
    'at main (run-virtual.test.ts)',
    'pianist waits for a future that nobody completes',
    'at inner (run-virtual.test.ts)',
    'at pianist (run-virtual.test.ts)',
  ]);
});

test('a deadlock is seen at once, although cancelled timers lie in the future', () => {
  let time = Number.NaN;
  assert.throws(
    () =>
      runVirtual(function* () {
        const loop = getRunningLoop();
        const task = createTask(sleep(1_000));
        yield* sleep(1);
        task.cancel();
        try {
          yield* new Future<void>();
        } finally {
          time = loop.time();
        }
      }),
    DeadlockError,
  );
  assert.equal(time, 1);
});

test('a lock that is never released', () => {
  const error = thrownBy(() =>
    runVirtual(function* main() {
      const lock = new Lock();
      yield* lock.acquire();
      yield* lock.acquire();
    }),
  );
  assert.ok(error instanceof DeadlockError);
  assert.match(error.message, /at main \(.*run-virtual\.test\.ts:\d+:\d+\)/);
});

test('the same program twice gives the same schedule', () => {
  const trace = (): string[] => {
    const seen: string[] = [];
    runVirtual(function* () {
      for (let i = 0; i < 20; i += 1) {
        createTask(
          (function* () {
            yield* sleep((i * 7) % 5);
            seen.push(`${i} at ${getRunningLoop().time()}`);
          })(),
        );
      }
      yield* sleep(100);
    });
    return seen;
  };
  assert.equal(trace().length, 20);
  assert.deepEqual(trace(), trace());
});

test('a program that never ends is ended after maxTurns turns, and its cleanup runs', () => {
  let cleaned = false;
  const error = thrownBy(() =>
    runVirtual(
      function* () {
        try {
          for (;;) yield* sleep(1);
        } finally {
          cleaned = true;
        }
      },
      { maxTurns: 50 },
    ),
  );
  assert.ok(error instanceof RuntimeError);
  assert.match(error.message, /not done after 50 turns/);
  assert.ok(cleaned);
  assert.throws(() => newVirtualEventLoop({ maxTurns: 0 }), RangeError);
});

test('a Runner on a virtual loop', async () => {
  await using runner = new Runner({ loopFactory: newVirtualEventLoop });
  const hour = function* (): Coroutine<number> {
    yield* sleep(3_600_000);
    return getRunningLoop().time();
  };
  assert.equal(await runner.run(hour), 3_600_000);
  assert.equal(await runner.run(hour), 7_200_000);
});

/** Never ends: it takes a cancel for a reason to wait once more. */
function* immortal(): Coroutine<void> {
  try {
    yield* sleep(1_000_000);
  } catch {
    yield* new Future<void>();
  }
}

test("what ends the run while the rest is cancelled has the program's own error as its cause", () => {
  const own = new Error('own');
  function* main(): Coroutine<void> {
    createTask(immortal());
    yield* sleep(1);
    throw own;
  }
  assert.throws(
    () => runVirtual(main),
    (error) => error instanceof DeadlockError && error.cause === own,
  );
});
