import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { test } from 'node:test';
import {
  type Coroutine,
  createTask,
  Event,
  eagerTaskFactory,
  Future,
  followAsyncLocalStorage,
  gather,
  getRunningLoop,
  newEventLoop,
  RuntimeError,
  run,
  sleep,
  wrapFuture,
} from 'tsyncio';
import { runVirtual } from 'tsyncio/testing';

const user = new AsyncLocalStorage<string>();
const seen = (): string => user.getStore() ?? 'nobody';

function* lookTwice(log: string[], name: string): Coroutine<void> {
  log.push(`${name} ${seen()}`);
  yield* sleep(1);
  log.push(`${name} ${seen()}`);
}

/** Runs a main in virtual time and in Node's loop, following. */
async function followed(main: () => Coroutine<void>): Promise<void> {
  runVirtual(function* () {
    followAsyncLocalStorage();
    yield* createTask(main());
  });
  await run(main, { loopFactory: () => followAsyncLocalStorage(newEventLoop()) });
}

test('without following, a task does not see the value after it was suspended in Node’s loop', async () => {
  const log: string[] = [];
  await run(function* () {
    yield* user.run('Ann', () => createTask(lookTwice(log, 'child')));
  });
  assert.deepEqual(log, ['child nobody', 'child nobody']);
});

test('a task made in als.run sees its value, before and after it was suspended; its sibling sees its own', () =>
  followed(function* () {
    const log: string[] = [];
    const ann = user.run('Ann', () => createTask(lookTwice(log, 'a')));
    const bob = user.run('Bob', () => createTask(lookTwice(log, 'b')));
    const other = createTask(lookTwice(log, 'c'));
    yield* gather([ann, bob, other]);
    assert.deepEqual(log, ['a Ann', 'b Bob', 'c nobody', 'a Ann', 'b Bob', 'c nobody']);
  }));

test('enterWith lasts in the task and goes to the children made afterwards, to nobody else', () =>
  followed(function* () {
    const log: string[] = [];
    function* parent(): Coroutine<void> {
      const before = createTask(lookTwice(log, 'before'));
      user.enterWith('Ann');
      const after = createTask(lookTwice(log, 'after'));
      yield* sleep(10);
      log.push(`parent ${seen()}`);
      yield* createTask(lookTwice(log, 'late'));
      yield* gather([before, after]);
    }
    const task = createTask(parent());
    yield* createTask(lookTwice(log, 'sibling'));
    yield* task;
    assert.deepEqual(log, [
      'sibling nobody',
      'before nobody',
      'after Ann',
      'sibling nobody',
      'before nobody',
      'after Ann',
      'parent Ann',
      'late Ann',
      'late Ann',
    ]);
    assert.equal(seen(), 'nobody');
  }));

test('a task that fails or is cancelled while suspended leaves nothing behind in the one that waits', () =>
  followed(function* () {
    function* failing(): Coroutine<never> {
      user.enterWith('Ann');
      yield* sleep(1);
      throw new Error(seen());
    }
    assert.equal(String((yield* gather([createTask(failing())], { returnExceptions: true }))[0]), 'Error: Ann');
    const cleanup: string[] = [];
    function* cancelled(): Coroutine<void> {
      user.enterWith('Bob');
      try {
        yield* new Event().wait();
      } finally {
        cleanup.push(seen());
      }
    }
    const task = createTask(cancelled());
    yield* sleep(1);
    task.cancel();
    yield* gather([task], { returnExceptions: true });
    assert.deepEqual(cleanup, ['Bob']);
    assert.equal(seen(), 'nobody');
  }));

test('callSoon, callLater and done callbacks run with the values of the place where they were added', () =>
  followed(function* () {
    const log: string[] = [];
    const loop = getRunningLoop();
    const future = new Future<void>();
    user.run('Ann', () => {
      loop.callSoon(() => log.push(`soon ${seen()}`));
      loop.callLater(1, () => log.push(`later ${seen()}`));
      future.addDoneCallback(() => log.push(`done ${seen()}`));
    });
    future.addDoneCallback(() => log.push(`other ${seen()}`));
    user.run('Bob', () => future.setResult());
    yield* sleep(5);
    assert.deepEqual(log, ['soon Ann', 'done Ann', 'other nobody', 'later Ann']);
  }));

test('a done callback is removed by its own function, and errors name it', () => {
  const messages: string[] = [];
  runVirtual(
    function* () {
      followAsyncLocalStorage();
      const future = new Future<void>();
      const callback = (): void => assert.fail('removed');
      future.addDoneCallback(callback);
      assert.equal(future.removeDoneCallback(callback), 1);
      future.setResult();
      getRunningLoop().callSoon(function spill() {
        throw new Error('spilt');
      });
      yield* sleep(1);
    },
    { exceptionHandler: (_loop, context) => void messages.push(context.message) },
  );
  assert.deepEqual(messages, ['Exception in callback spill']);
});

test('an eager task begins with the values of its creator and does not change them', () => {
  const log: string[] = [];
  runVirtual(
    function* () {
      followAsyncLocalStorage();
      function* child(): Coroutine<void> {
        log.push(seen());
        user.enterWith('Bob');
        yield* sleep(1);
        log.push(seen());
      }
      const task = user.run('Ann', () => createTask(child()));
      assert.equal(seen(), 'nobody');
      yield* task;
    },
    { taskFactory: eagerTaskFactory },
  );
  assert.deepEqual(log, ['Ann', 'Bob']);
});

test('native code called by a task sees the value across its own await, and the task goes on with it', () =>
  run(
    function* () {
      const native = async (): Promise<string> => {
        await null;
        return seen();
      };
      function* child(): Coroutine<string> {
        return `${yield* wrapFuture(native())} ${seen()}`;
      }
      assert.equal(yield* user.run('Ann', () => createTask(child())), 'Ann Ann');
    },
    { loopFactory: () => followAsyncLocalStorage(newEventLoop()) },
  ));

test('whoever wakes the loop does not lend it his values', () =>
  run(
    function* () {
      const loop = getRunningLoop();
      const woken = new Future<void>();
      const home = new Future<string>();
      // A library's own timer, outside of the loop: its context must not become that of the turns that it causes.
      user.run('stranger', () => setImmediate(() => woken.setResult()));
      yield* woken;
      loop.scheduler.push({ run: () => home.setResult(seen()) });
      assert.equal(yield* home, 'nobody');
    },
    { loopFactory: () => followAsyncLocalStorage(newEventLoop()) },
  ));

test('the values are released when the tasks are done and the loop is closed', async () => {
  const storage = new AsyncLocalStorage<object>();
  const kept: unknown[] = [];
  let value: WeakRef<object> | undefined;
  const loop = followAsyncLocalStorage(newEventLoop());
  await loop.runUntilComplete(
    (function* () {
      const secret = { password: 'beer' };
      value = new WeakRef(secret);
      const task = storage.run(secret, () => createTask(lookTwice([], 'a')));
      kept.push(task);
      yield* task;
    })(),
  );
  loop.close();
  assert.equal(loop.scheduler.ambient, undefined);
  assert.equal(storage.getStore(), undefined);
  // A WeakRef is kept until the job that made it has ended.
  await new Promise((resolve) => setImmediate(resolve));
  const { setFlagsFromString } = await import('node:v8');
  const { runInNewContext } = await import('node:vm');
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  assert.equal(kept.length, 1);
  assert.equal(value?.deref(), undefined);
});

test('without a loop, and with a closed one: RuntimeError', () => {
  assert.throws(() => followAsyncLocalStorage(), RuntimeError);
  const loop = newEventLoop();
  loop.close();
  assert.throws(() => followAsyncLocalStorage(loop), RuntimeError);
});

test('following twice is following once', () =>
  runVirtual(function* () {
    const loop = followAsyncLocalStorage();
    const { ambient } = loop.scheduler;
    assert.equal(followAsyncLocalStorage(loop), loop);
    assert.equal(loop.scheduler.ambient, ambient);
    yield* sleep(0);
  }));
