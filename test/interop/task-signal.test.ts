import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import {
  asyncWith,
  CancelledError,
  type Coroutine,
  createTask,
  currentTask,
  Event,
  eagerTaskFactory,
  Future,
  gather,
  getRunningLoop,
  run,
  sleep,
  TimeoutError,
  taskSignal,
  timeout,
  wrapFuture,
} from 'tsyncio';
import { runVirtual } from 'tsyncio/testing';
import { outcome } from '../support/collect-errors.ts';

function* caught(coroutine: Coroutine<unknown>): Coroutine<unknown> {
  try {
    return yield* coroutine;
  } catch (error) {
    return error;
  }
}

test('one signal for all coroutines of a task, another for each task', () => {
  runVirtual(function* () {
    const mine = taskSignal();
    function* inner(): Coroutine<AbortSignal> {
      yield* sleep(1);
      return taskSignal();
    }
    assert.ok(mine instanceof AbortSignal);
    assert.equal(yield* inner(), mine);
    assert.notEqual(yield* createTask(inner()), mine);
    assert.equal(mine.aborted, false);
  });
});

/** Each way of being suspended, with what the coroutine catches being the signal's reason. */
const WAITS: Readonly<Record<string, () => Coroutine<unknown>>> = {
  'a sleep': () => sleep(1_000),
  'a future': () => new Future<void>()[Symbol.iterator](),
  'an event': () => new Event().wait(),
  'a promise': () => wrapFuture(new Promise<void>(() => {}))[Symbol.iterator](),
  'another task': function* () {
    return yield* createTask(sleep(1_000));
  },
  'a task that waits for a task': function* () {
    return yield* createTask(WAITS['another task']!());
  },
};
for (const [name, wait] of Object.entries(WAITS)) {
  test(`aborted by a cancel, inside cancel(), with the CancelledError: waiting for ${name}`, () => {
    runVirtual(function* () {
      let signal!: AbortSignal;
      const task = createTask(
        (function* () {
          signal = taskSignal();
          return yield* caught(wait());
        })(),
      );
      yield* sleep(1);
      assert.equal(signal.aborted, false);
      assert.equal(task.cancel('closing time'), true);
      assert.equal(signal.aborted, true);
      const error = yield* task;
      assert.ok(error instanceof CancelledError);
      assert.equal(error.message, 'closing time');
      assert.equal(error, signal.reason);
    });
  });
}

test('waiting for several: an equal error', () => {
  runVirtual(function* () {
    let signal!: AbortSignal;
    const task = createTask(
      (function* () {
        signal = taskSignal();
        yield* gather([sleep(1_000), sleep(1_000)]);
      })(),
    );
    yield* sleep(1);
    task.cancel('closing time');
    assert.equal(String(signal.reason), 'CancelledError: closing time');
    assert.equal(yield* outcome(task), 'CancelledError: closing time');
  });
});

test('a cancel that is still to be thrown in: the signal is aborted already', () => {
  runVirtual(function* () {
    const task = createTask(
      (function* (): Coroutine<unknown> {
        currentTask()!.cancel('by myself');
        const signal = taskSignal();
        assert.equal(signal.aborted, true);
        assert.equal(taskSignal(), signal);
        assert.deepEqual(yield* caught(sleep(5)), signal.reason);
        assert.notEqual(taskSignal(), signal);
        return 'over';
      })(),
    );
    assert.equal(yield* task, 'over');
  });
});

test('after a cancel, cleaning up gets a fresh signal, which the next cancel aborts', () => {
  const signals: AbortSignal[] = [];
  runVirtual(function* () {
    const task = createTask(
      (function* () {
        for (let i = 0; i < 3; i += 1) {
          signals.push(taskSignal());
          yield* caught(sleep(1_000));
        }
      })(),
    );
    for (const message of ['first', 'second', 'third']) {
      yield* sleep(1);
      task.cancel(message);
    }
    yield* task;
  });
  assert.deepEqual(
    signals.map((signal) => (signal.reason as Error).message),
    ['first', 'second', 'third'],
  );
});

test('a timeout aborts it too; what comes afterwards has a fresh one', () => {
  runVirtual(function* () {
    const outer = taskSignal();
    const error = yield* caught(asyncWith(timeout(10), sleep(1_000)));
    assert.ok(error instanceof TimeoutError);
    assert.equal(outer.reason, error.cause);
    assert.equal(taskSignal().aborted, false);
  });
});

test('ends in CancelledError without having been asked: aborted at the end', () => {
  runVirtual(function* () {
    const future = new Future<void>();
    let signal!: AbortSignal;
    const task = createTask(
      (function* () {
        signal = taskSignal();
        yield* future;
      })(),
    );
    yield* sleep(1);
    future.cancel('by another');
    assert.equal(signal.aborted, false);
    assert.equal(yield* outcome(task), 'CancelledError: by another');
    assert.equal(String(signal.reason), 'CancelledError: by another');
  });
});

test('returning and failing abort nothing', () => {
  const signals: AbortSignal[] = [];
  runVirtual(function* () {
    function* ask(error?: Error): Coroutine<void> {
      signals.push(taskSignal());
      yield* sleep(1);
      if (error !== undefined) throw error;
    }
    const tasks = [createTask(ask()), createTask(ask(new RangeError('no')))];
    yield* gather(tasks, { returnExceptions: true });
    for (const task of tasks) assert.equal(task.cancel(), false);
    yield* sleep(1);
  });
  assert.deepEqual(
    signals.map((signal) => signal.aborted),
    [false, false],
  );
});

test('cancelled by the end of the program, before and while its cleanup runs; eager tasks as well', () => {
  const reasons: unknown[] = [];
  const note = (event: { readonly target: unknown }): void =>
    void reasons.push(((event.target as AbortSignal).reason as Error).name);
  return run(function* () {
    const eager = (on: boolean): void => getRunningLoop().setTaskFactory(on ? eagerTaskFactory : undefined);
    function* wait(): Coroutine<void> {
      taskSignal().addEventListener('abort', note);
      yield* sleep(1_000_000);
    }
    eager(true);
    createTask(wait());
    eager(false);
    createTask(wait());
    yield* sleep(0);
  }).then(() => assert.deepEqual(reasons, ['CancelledError', 'CancelledError']));
});

test('outside of a task', async () => {
  assert.throws(() => taskSignal(), { name: 'RuntimeError', message: /no running event loop/ });
  await run(function* () {
    const failed = new Future<unknown>();
    getRunningLoop().callSoon(() => {
      try {
        taskSignal();
      } catch (error) {
        failed.setResult(error);
      }
    });
    assert.match(String(yield* failed), /^RuntimeError: taskSignal\(\) is for coroutines/);
  });
});

test('a cancelled fetch is aborted: the server sees the connection break, no listener is left', async () => {
  const web = createServer();
  const asked = new Promise<void>((resolve) => {
    web.on('request', (request) => {
      broken = new Promise((settle) => request.on('close', () => settle('the client has left')));
      resolve();
    });
  });
  let broken!: Promise<string>;
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(web.address() as AddressInfo).port}/`;
  let signal!: AbortSignal;
  await run(function* () {
    const task = createTask(
      (function* () {
        signal = taskSignal();
        yield* wrapFuture(fetch(url, { signal }));
      })(),
    );
    yield* wrapFuture(asked);
    task.cancel('closing time');
    assert.equal(yield* outcome(task), 'CancelledError: closing time');
    assert.equal(yield* wrapFuture(broken), 'the client has left');
  });
  assert.equal(getEventListeners(signal, 'abort').length, 0);
  await new Promise((resolve) => web.close(resolve));
});
