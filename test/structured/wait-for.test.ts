import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CancelledError,
  ContextVar,
  type Coroutine,
  copyContext,
  createTask,
  currentTask,
  Future,
  getRunningLoop,
  sleep,
  waitFor,
} from 'tsyncio';
import { runVirtual } from 'tsyncio/testing';
import { outcome } from '../support/collect-errors.ts';

/** Answers a cancel by `answer`. */
function* onCancel(answer: () => unknown): Coroutine<unknown> {
  try {
    yield* sleep(100);
    return 'slept';
  } catch (error) {
    assert.ok(error instanceof CancelledError);
    return answer();
  }
}

test('a coroutine runs in the calling task and context', () => {
  const variable = new ContextVar<string>('variable');
  runVirtual(function* () {
    const me = currentTask();
    yield* waitFor(
      (function* () {
        assert.equal(currentTask(), me);
        variable.set('seen');
      })(),
      10,
    );
    assert.equal(copyContext().get(variable), 'seen');
  });
});

test('in time: the result; too late: TimeoutError, and it was cancelled', () => {
  runVirtual(function* () {
    assert.equal(yield* waitFor(sleep(5, 'tea'), 10), 'tea');
    const task = createTask(sleep(50));
    assert.equal(yield* outcome(waitFor(task, 10)), 'TimeoutError: timed out after 10 ms');
    assert.equal(task.cancelled(), true);
    assert.equal(getRunningLoop().time(), 15);
    assert.equal(currentTask()!.cancelling(), 0);
  });
});

test('no limit', () => {
  runVirtual(function* () {
    assert.equal(yield* waitFor(sleep(1_000_000, 'late'), undefined), 'late');
  });
});

test('with 0 or less a finished future gives its result or error', () => {
  runVirtual(function* () {
    const future = new Future<number>();
    future.setResult(1);
    const failed = new Future<number>();
    failed.setException(new RangeError('no'));
    for (const ms of [0, -1]) {
      assert.equal(yield* waitFor(future, ms), 1);
      assert.equal(yield* outcome(waitFor(failed, ms)), 'RangeError: no');
    }
  });
});

test('with 0 a fresh coroutine never starts', () => {
  runVirtual(function* () {
    let started = false;
    const result = yield* outcome(
      waitFor(
        (function* () {
          started = true;
        })(),
        0,
      ),
    );
    assert.equal(result, 'TimeoutError: timed out after 0 ms');
    assert.equal(started, false);
  });
});

test('with 0, a task that swallows the cancel gives its value, and one that fails its error', () => {
  runVirtual(function* () {
    const swallows = createTask(onCancel(() => 'swallowed'));
    const fails = createTask(
      onCancel(() => {
        throw new RangeError('cleanup');
      }),
    );
    yield* sleep(1);
    assert.equal(yield* waitFor(swallows, 0), 'swallowed');
    assert.equal(yield* outcome(waitFor(fails, 0)), 'RangeError: cleanup');
  });
});

test("a coroutine that swallows the timeout's cancel and returns gives its value", () => {
  runVirtual(function* () {
    assert.equal(
      yield* waitFor(
        onCancel(() => 'swallowed'),
        10,
      ),
      'swallowed',
    );
    assert.equal(currentTask()!.cancelling(), 0);
  });
});

test('a cancel from outside in the same turn as the timeout wins, whichever came first', () => {
  for (const cancelFirst of [true, false]) {
    runVirtual(function* () {
      const loop = getRunningLoop();
      let cancel = (): void => {};
      if (cancelFirst) loop.callAt(10, () => cancel());
      const task = createTask(waitFor(sleep(100), 10));
      cancel = () => task.cancel('outside');
      yield* sleep(0);
      yield* sleep(0);
      if (!cancelFirst) loop.callAt(10, () => cancel());
      assert.match(String(yield* outcome(task)), /^CancelledError/);
      assert.equal(task.cancelling(), 1);
    });
  }
});

test('result and timeout in one turn: the timeout wins when its handle comes before the resumption', () => {
  runVirtual(function* () {
    const loop = getRunningLoop();
    const future = new Future<string>();
    loop.callAt(10, () => future.setResult('in time'));
    assert.equal(yield* outcome(waitFor(future, 10)), 'TimeoutError: timed out after 10 ms');
    assert.equal(future.result(), 'in time');
  });
});

test('a time that is no number is refused at once', () => {
  runVirtual(function* () {
    assert.throws(() => waitFor(sleep(1), 'soon' as never), TypeError);
    assert.throws(() => waitFor(sleep(1), Number.NaN), RangeError);
    yield* outcome(waitFor(sleep(1), 1));
  });
});
