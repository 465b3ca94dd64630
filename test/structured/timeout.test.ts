import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  asyncWith,
  CancelledError,
  type Coroutine,
  createTask,
  currentTask,
  ExceptionGroup,
  getRunningLoop,
  RuntimeError,
  sleep,
  TaskGroup,
  TimeoutError,
  timeout,
  timeoutAt,
} from 'tsyncio';
import { runVirtual } from 'tsyncio/testing';
import { outcome } from '../support/collect-errors.ts';

test('too late: the task is cancelled inside, and TimeoutError leaves, with the CancelledError as its cause', () => {
  runVirtual(function* () {
    const limit = timeout(10);
    try {
      yield* asyncWith(limit, () => sleep(50));
      assert.fail('it has to throw');
    } catch (error) {
      assert.ok(error instanceof TimeoutError);
      assert.ok(error.cause instanceof CancelledError);
      assert.equal(error.code, 'ETIMEDOUT');
    }
    assert.equal(getRunningLoop().time(), 10);
    assert.equal(limit.expired(), true);
    assert.equal(currentTask()!.cancelling(), 0);
  });
});

test('in time: the result, and no timer is left', () => {
  runVirtual(function* () {
    const limit = timeout(10);
    assert.equal(yield* asyncWith(limit, () => sleep(5, 'tea')), 'tea');
    assert.equal(limit.expired(), false);
    assert.equal(limit.when(), 10);
    assert.equal(getRunningLoop().scheduler.timers.pending, 0);
  });
});

test('timeout(0) throws at the first suspension; a body that does not suspend is fine', () => {
  runVirtual(function* () {
    const body = asyncWith(timeout(0), function* () {
      return 'quick';
    });
    assert.equal(yield* body, 'quick');
    assert.equal(yield* outcome(asyncWith(timeout(0), () => sleep(5))), 'TimeoutError: timed out after 0 ms');
    assert.equal(yield* outcome(asyncWith(timeout(-9), () => sleep(5))), 'TimeoutError: timed out after -9 ms');
    assert.equal(getRunningLoop().time(), 0);
  });
});

test('another error passes unchanged, also when the time is over', () => {
  runVirtual(function* () {
    const limit = timeout(10);
    const body = asyncWith(limit, function* () {
      try {
        yield* sleep(50);
      } catch {
        throw new RangeError('cleanup');
      }
    });
    assert.equal(yield* outcome(body), 'RangeError: cleanup');
    assert.equal(limit.expired(), true);
    assert.equal(currentTask()!.cancelling(), 0);
  });
});

test('the ExceptionGroup of an inner TaskGroup passes unchanged', () => {
  runVirtual(function* () {
    function* failsInCleanup(): Coroutine<void> {
      try {
        yield* sleep(50);
      } finally {
        // biome-ignore lint/correctness/noUnsafeFinally: what a careless program does
        throw new RangeError('cleanup');
      }
    }
    try {
      yield* asyncWith(timeout(10), () =>
        asyncWith(new TaskGroup(), function* (group) {
          group.createTask(failsInCleanup());
        }),
      );
      assert.fail('it has to throw');
    } catch (error) {
      assert.ok(error instanceof ExceptionGroup);
    }
    assert.equal(currentTask()!.cancelling(), 0);
  });
});

test('two nested ones at one instant: the outer makes TimeoutError of it, both are expired', () => {
  runVirtual(function* () {
    const outer = timeout(10);
    const inner = timeout(10);
    let innerError: unknown;
    const result = yield* outcome(
      asyncWith(outer, function* () {
        try {
          yield* asyncWith(inner, () => sleep(50));
        } catch (error) {
          innerError = error;
          throw error;
        }
      }),
    );
    assert.equal(result, 'TimeoutError: timed out after 10 ms');
    assert.ok(innerError instanceof CancelledError);
    assert.deepEqual([outer.expired(), inner.expired()], [true, true]);
    assert.equal(currentTask()!.cancelling(), 0);
  });
});

test('expired is true from the firing on, before the block is left', () => {
  runVirtual(function* () {
    const limit = timeout(10);
    const seen: boolean[] = [];
    yield* outcome(
      asyncWith(limit, function* () {
        seen.push(limit.expired());
        try {
          yield* sleep(50);
        } finally {
          seen.push(limit.expired());
        }
      }),
    );
    assert.deepEqual(seen, [false, true]);
  });
});

test('reschedule moves the deadline, either way, or takes it off', () => {
  runVirtual(function* () {
    const loop = getRunningLoop();
    const later = timeout(10);
    yield* asyncWith(later, function* () {
      later.reschedule(100);
      yield* sleep(50);
    });
    const none = timeout(10);
    yield* asyncWith(none, function* () {
      none.reschedule(undefined);
      yield* sleep(50);
    });
    assert.equal(none.when(), undefined);
    const sooner = timeoutAt(500);
    const body = asyncWith(sooner, function* () {
      sooner.reschedule(loop.time() + 1);
      yield* sleep(50);
    });
    assert.equal(yield* outcome(body), 'TimeoutError: the deadline has passed');
    assert.equal(loop.time(), 101);
    assert.equal(loop.scheduler.timers.pending, 0);
  });
});

test('reschedule before entry, after firing and after exit is refused', () => {
  runVirtual(function* () {
    const limit = timeout(10);
    assert.throws(() => limit.reschedule(5), RuntimeError);
    yield* outcome(
      asyncWith(limit, function* () {
        try {
          yield* sleep(50);
        } finally {
          assert.throws(() => limit.reschedule(5), RuntimeError);
        }
      }),
    );
    assert.throws(() => limit.reschedule(5), RuntimeError);
    assert.match(String(yield* outcome(asyncWith(limit, () => sleep(1)))), /^RuntimeError: .*already been entered/);
  });
});

test('fired, and the body ends without error: no error, and the cancel is taken back', () => {
  runVirtual(function* () {
    const limit = timeout(10);
    const body = asyncWith(limit, function* () {
      try {
        yield* sleep(50);
      } catch {
        return 'swallowed';
      }
      return 'slept';
    });
    assert.equal(yield* body, 'swallowed');
    assert.equal(currentTask()!.cancelling(), 0);
    // The deadline passed while the body did not suspend: the mark goes with the block.
    const marked = timeout(0);
    yield* asyncWith(marked, function* () {
      yield* outcome(sleep(0));
    });
    yield* sleep(1);
  });
});

test('a cancel from outside is no timeout', () => {
  runVirtual(function* () {
    const limit = timeout(100);
    const task = createTask(asyncWith(limit, () => sleep(500)));
    yield* sleep(10);
    task.cancel('outside');
    assert.equal(yield* outcome(task), 'CancelledError: outside');
    assert.equal(limit.expired(), false);
    assert.equal(getRunningLoop().scheduler.timers.pending, 0);
  });
});

test('outside of a task, and times that are none', () => {
  assert.throws(() => timeout(10), { name: 'RuntimeError', message: /no running event loop/ });
  runVirtual(function* () {
    assert.throws(() => timeout('10' as never), TypeError);
    assert.throws(() => timeoutAt(Number.NaN), RangeError);
    const limit = timeout(undefined);
    assert.equal(yield* asyncWith(limit, () => sleep(5, 'no limit')), 'no limit');
  });
});
