import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  asyncWith,
  CancelledError,
  type Coroutine,
  createTask,
  currentTask,
  ExceptionGroup,
  eagerTaskFactory,
  getRunningLoop,
  RuntimeError,
  sleep,
  TaskGroup,
} from 'tsyncio';
import { runVirtual } from 'tsyncio/testing';
import { describe, outcome, runReporting } from '../support/collect-errors.ts';

function* failAfter(ms: number, message: string): Coroutine<never> {
  yield* sleep(ms);
  throw new RangeError(message);
}

/** Sleeps; when cancelled, cleans up for `cleanup` ms and notes it. */
function* cleaning(name: string, seen: string[], cleanup = 0): Coroutine<void> {
  try {
    yield* sleep(1_000);
  } finally {
    if (cleanup > 0) yield* sleep(cleanup);
    seen.push(name);
  }
}

/** The errors of the group that the coroutine throws. */
function* groupErrors(coroutine: Coroutine<unknown>): Coroutine<string[]> {
  try {
    yield* coroutine;
  } catch (error) {
    assert.ok(error instanceof ExceptionGroup, describe(error));
    return error.exceptions.map(describe);
  }
  return assert.fail('it has to throw');
}

test('leaving the group waits for all of its tasks', () => {
  runVirtual(function* () {
    const tasks = yield* asyncWith(new TaskGroup(), function* (group) {
      return [group.createTask(sleep(20, 'a'), { name: 'Ann' }), group.createTask(sleep(10, 'b'))];
    });
    assert.deepEqual(
      tasks.map((task) => task.result()),
      ['a', 'b'],
    );
    assert.equal(tasks[0]!.getName(), 'Ann');
    assert.equal(getRunningLoop().time(), 20);
  });
});

test('a failing child: the siblings are cancelled in order of creation, then the body; one error comes as a group', () => {
  const seen: string[] = [];
  runVirtual(function* () {
    const body = asyncWith(new TaskGroup(), function* (group) {
      group.createTask(cleaning('first', seen));
      group.createTask(failAfter(10, 'no'));
      group.createTask(cleaning('third', seen));
      yield* cleaning('body', seen);
    });
    assert.deepEqual(yield* groupErrors(body), ['RangeError: no']);
    assert.equal(currentTask()!.cancelling(), 0);
    yield* sleep(1);
  });
  assert.deepEqual(seen, ['first', 'third', 'body']);
});

test("errors come in the order in which the children end, the body's own last; CancelledErrors are not collected", () => {
  runVirtual(function* () {
    function* failsInCleanup(ms: number, message: string): Coroutine<void> {
      try {
        yield* sleep(1_000);
      } catch {
        yield* failAfter(ms, message);
      }
    }
    const body = asyncWith(new TaskGroup(), function* (group) {
      group.createTask(failsInCleanup(20, 'late'));
      group.createTask(failsInCleanup(5, 'early'));
      group.createTask(sleep(1_000));
      yield* sleep(10);
      throw new TypeError('body');
    });
    assert.deepEqual(yield* groupErrors(body), ['RangeError: early', 'RangeError: late', 'TypeError: body']);
  });
});

test('a child that is cancelled is no failure', () => {
  runVirtual(function* () {
    yield* asyncWith(new TaskGroup(), function* (group) {
      const child = group.createTask(sleep(1_000));
      group.createTask(sleep(5));
      yield* sleep(1);
      child.cancel();
    });
    assert.equal(getRunningLoop().time(), 5);
  });
});

test("the body swallows the parent's cancel and goes on: the group still throws, and takes no new tasks meanwhile", () => {
  runVirtual(function* () {
    let refused: unknown;
    let ran = false;
    const body = asyncWith(new TaskGroup(), function* (group) {
      group.createTask(failAfter(10, 'no'));
      try {
        yield* sleep(100);
      } catch (error) {
        assert.ok(error instanceof CancelledError);
      }
      try {
        group.createTask(
          (function* (): Coroutine<void> {
            ran = true;
          })(),
        );
      } catch (error) {
        refused = error;
      }
      yield* sleep(1);
    });
    assert.deepEqual(yield* groupErrors(body), ['RangeError: no']);
    assert.match(describe(refused), /^RuntimeError: .*is shutting down$/);
    yield* sleep(10);
    assert.equal(ran, false);
  });
});

test('a child may create siblings while the group waits for its last children', () => {
  runVirtual(function* () {
    let sibling: unknown;
    yield* asyncWith(new TaskGroup(), function* (group) {
      group.createTask(
        (function* (): Coroutine<void> {
          yield* sleep(10);
          sibling = group.createTask(sleep(20, 'sibling'));
        })(),
      );
    });
    assert.equal((sibling as { result(): unknown }).result(), 'sibling');
    assert.equal(getRunningLoop().time(), 30);
  });
});

test('createTask before entry and after the end is refused', () => {
  runVirtual(function* () {
    const group = new TaskGroup();
    assert.throws(() => group.createTask(sleep(1)), { name: 'RuntimeError', message: /has not been entered/ });
    yield* asyncWith(group, function* () {});
    assert.throws(() => group.createTask(sleep(1)), { name: 'RuntimeError', message: /is finished/ });
    assert.match(String(yield* outcome(asyncWith(group, function* () {}))), /^RuntimeError: .*already entered/);
  });
});

test('a cancel from outside while waiting: children are cancelled, the first error leaves, later cancels only count', () => {
  const seen: string[] = [];
  runVirtual(function* () {
    const task = createTask(
      asyncWith(new TaskGroup(), function* (group) {
        group.createTask(cleaning('child', seen, 20));
      }),
    );
    yield* sleep(10);
    task.cancel('first');
    yield* sleep(5);
    task.cancel('second');
    assert.equal(yield* outcome(task), 'CancelledError: first');
    assert.equal(task.cancelling(), 2);
    assert.equal(getRunningLoop().time(), 30);
  });
  assert.deepEqual(seen, ['child']);
});

test('a cancel from outside and a child that fails in its cleanup: the group leaves, the cancel comes again', () => {
  const seen: string[] = [];
  runVirtual(function* () {
    function* failsInCleanup(): Coroutine<void> {
      try {
        yield* sleep(1_000);
      } catch {
        throw new RangeError('cleanup');
      }
    }
    const task = createTask(
      (function* (): Coroutine<void> {
        const errors = yield* groupErrors(
          asyncWith(new TaskGroup(), function* (group) {
            group.createTask(failsInCleanup());
          }),
        );
        seen.push(...errors);
        assert.equal(currentTask()!.cancelling(), 1);
        try {
          yield* sleep(0);
          seen.push('never');
        } catch (error) {
          seen.push(describe(error));
          throw error;
        }
      })(),
    );
    yield* sleep(10);
    task.cancel();
    assert.equal(yield* outcome(task), 'CancelledError');
  });
  assert.deepEqual(seen, ['RangeError: cleanup', 'CancelledError']);
});

test('a body that throws CancelledError itself: children cancelled, that error thrown, count unchanged', () => {
  runVirtual(function* () {
    const seen: string[] = [];
    const own = new CancelledError('own');
    try {
      yield* asyncWith(new TaskGroup(), function* (group) {
        group.createTask(cleaning('child', seen));
        yield* sleep(1);
        throw own;
      });
      assert.fail('it has to throw');
    } catch (error) {
      assert.equal(error, own);
    }
    assert.deepEqual(seen, ['child']);
    assert.equal(currentTask()!.cancelling(), 0);
  });
});

test('an eager child that fails at once does not interrupt the body', () => {
  runVirtual(
    function* () {
      const body = asyncWith(new TaskGroup(), function* (group) {
        group.createTask(
          (function* (): Coroutine<void> {
            throw new RangeError('at once');
          })(),
        );
        group.createTask(sleep(1_000));
        assert.equal(currentTask()!.cancelling(), 0);
        yield* sleep(1_000);
      });
      assert.deepEqual(yield* groupErrors(body), ['RangeError: at once']);
      assert.equal(getRunningLoop().time(), 0);
    },
    { taskFactory: eagerTaskFactory },
  );
});

test('a child that fails when the parent task is over goes to the exception handler', () => {
  const { reports } = runReporting(function* () {
    const group = new TaskGroup();
    yield* createTask(
      (function* (): Coroutine<void> {
        yield* group.enter();
        group.createTask(failAfter(10, 'orphan'));
      })(),
    );
    yield* sleep(50);
  });
  assert.equal(reports.length, 1);
  assert.match(reports[0]!.message, /has errored out but its parent task .* is already completed/);
  assert.equal(describe(reports[0]!.exception), 'RangeError: orphan');
});

test('nested groups: an inner failure is one error of the outer', () => {
  runVirtual(function* () {
    try {
      yield* asyncWith(new TaskGroup(), function* (outer) {
        outer.createTask(
          asyncWith(new TaskGroup(), function* (inner) {
            inner.createTask(failAfter(1, 'deep'));
            inner.createTask(failAfter(1, 'deeper'));
          }),
        );
        outer.createTask(failAfter(1, 'flat'));
      });
      assert.fail('it has to throw');
    } catch (error) {
      assert.ok(error instanceof ExceptionGroup);
      const [flat, nested] = error.exceptions;
      assert.equal(describe(flat), 'RangeError: flat');
      assert.ok(nested instanceof ExceptionGroup);
      assert.deepEqual(nested.exceptions.map(describe), ['RangeError: deep', 'RangeError: deeper']);
    }
  });
});

test('outside of a task a group cannot be entered', () => {
  runVirtual(function* () {
    let error: unknown;
    getRunningLoop().callSoon(() => {
      try {
        new TaskGroup().enter().next();
      } catch (thrown) {
        error = thrown;
      }
    });
    yield* sleep(1);
    assert.ok(error instanceof RuntimeError);
  });
});

test('what is no coroutine is refused, and the group goes on', () => {
  runVirtual(function* () {
    yield* asyncWith(new TaskGroup(), function* (group) {
      assert.throws(() => group.createTask(undefined as never), TypeError);
      assert.throws(() => group.createTask(sleep as never), { name: 'TypeError', message: /call it/ });
    });
  });
});
