/** Cancellation, line by line as CPython 3.14 was observed to do it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  asyncWith,
  CancelledError,
  type Coroutine,
  createTask,
  currentTask,
  Future,
  gather,
  Lock,
  sleep,
  type Task,
  TaskGroup,
  timeout,
} from 'tsyncio';
import { runVirtual } from 'tsyncio/testing';
import { awaiting, describe, outcome, thrownBy } from '../support/collect-errors.ts';

/** Waits for the future and swallows a cancel. */
function* swallowing(future: Future<unknown>, result: string): Coroutine<string> {
  try {
    yield* future;
  } catch (error) {
    if (!(error instanceof CancelledError)) throw error;
  }
  return result;
}

test('a cancel is thrown in where the task is suspended; finally blocks run and may suspend themselves', () => {
  const seen: string[] = [];
  runVirtual(function* () {
    function* inner(): Coroutine<void> {
      try {
        yield* sleep(50);
      } finally {
        seen.push('inner cleans up');
        yield* sleep(5);
        seen.push('inner is clean');
      }
    }
    const task = createTask(
      (function* (): Coroutine<void> {
        try {
          yield* inner();
          seen.push('never');
        } finally {
          seen.push('outer cleans up');
        }
      })(),
    );
    yield* sleep(1);
    assert.equal(task.cancel('closing time'), true);
    assert.equal(task.done(), false);
    assert.equal(yield* outcome(task), 'CancelledError: closing time');
    assert.equal(task.cancelled(), true);
    assert.equal(task.cancel(), false);
  });
  assert.deepEqual(seen, ['inner cleans up', 'inner is clean', 'outer cleans up']);
});

test('a cancelled sleep leaves no timer behind', () => {
  const time = runVirtual(function* () {
    const task = createTask(sleep(5_000));
    yield* sleep(1);
    task.cancel();
    yield* outcome(task);
    const loop = currentTask()!.getLoop();
    yield* sleep(1);
    return loop.time();
  });
  assert.equal(time, 2);
});

test('a cancel asks the awaited future first', () => {
  runVirtual(function* () {
    const future = new Future<number>();
    const task = createTask(awaiting(future));
    yield* sleep(1);
    task.cancel('why');
    assert.equal(future.cancelled(), true);
    assert.equal(yield* outcome(task), 'CancelledError: why');
  });
});

test('a cancel beats a result that has arrived but was not delivered', () => {
  runVirtual(function* () {
    const future = new Future<number>();
    const task = createTask(awaiting(future));
    yield* sleep(1);
    future.setResult(3);
    assert.equal(task.cancel(), true);
    assert.equal(yield* outcome(task), 'CancelledError');
    assert.equal(future.result(), 3);
  });
});

test('two cancels before delivery are one CancelledError, with the first message, counted twice', () => {
  runVirtual(function* () {
    let caught = 0;
    const future = new Future<number>();
    const task = createTask(
      (function* (): Coroutine<string> {
        let first = '';
        try {
          yield* future;
        } catch (error) {
          caught += 1;
          first = describe(error);
        }
        yield* sleep(10);
        return first;
      })(),
    );
    yield* sleep(1);
    task.cancel('first');
    task.cancel('second');
    assert.equal(task.cancelling(), 2);
    assert.equal(yield* task, 'CancelledError: first');
    assert.equal(caught, 1);
    assert.equal(task.cancelling(), 2);
  });
});

/** A task that cancels itself and then does something; gives how it ended. */
function selfCancelled(then: (future: Future<string>) => Coroutine<unknown>): { outcome: unknown; future: unknown } {
  return runVirtual(function* () {
    const future = new Future<string>();
    const task = createTask(
      (function* (): Coroutine<unknown> {
        currentTask()!.cancel('self');
        return yield* then(future);
      })(),
    );
    const result = yield* outcome(task);
    return { outcome: result, future: future.cancelled() ? 'cancelled' : future.done() ? 'done' : 'pending' };
  });
}

test('cancel itself, then return: the task is cancelled', () => {
  const end = selfCancelled(function* () {
    return 1;
  });
  assert.deepEqual(end, { outcome: 'CancelledError: self', future: 'pending' });
});

test('cancel itself, then throw: the task fails with that', () => {
  const end = selfCancelled(function* () {
    throw new RangeError('x');
  });
  assert.deepEqual(end, { outcome: 'RangeError: x', future: 'pending' });
});

test('cancel itself, then await a pending future: the future is cancelled, for everybody', () => {
  const end = selfCancelled((future) => awaiting(future));
  assert.deepEqual(end, { outcome: 'CancelledError: self', future: 'cancelled' });
});

test('cancel itself, then await a finished future: nothing until the next suspension', () => {
  const seen: unknown[] = [];
  const end = selfCancelled(function* (future) {
    future.setResult('beer');
    seen.push(yield* future);
    yield* sleep(1);
    seen.push('never');
  });
  assert.deepEqual(end, { outcome: 'CancelledError: self', future: 'done' });
  assert.deepEqual(seen, ['beer']);
});

test('cancel itself, then sleep(0): thrown in one turn later', () => {
  const seen: string[] = [];
  const end = selfCancelled(function* () {
    createTask(
      (function* () {
        seen.push('another one, meanwhile');
      })(),
    );
    try {
      yield* sleep(0);
    } finally {
      seen.push('thrown');
    }
  });
  assert.equal(end.outcome, 'CancelledError: self');
  assert.deepEqual(seen, ['another one, meanwhile', 'thrown']);
});

test('cancelled before its first step, the coroutine never runs, not even its finally', () => {
  const seen: string[] = [];
  runVirtual(function* () {
    const task = createTask(
      (function* (): Coroutine<void> {
        try {
          seen.push('ran');
        } finally {
          seen.push('finally');
        }
      })(),
    );
    task.cancel('early');
    assert.equal(yield* outcome(task), 'CancelledError: early');
  });
  assert.deepEqual(seen, []);
});

test('a cancel runs down the chain of tasks, each counts it, and the lowest gets it first', () => {
  const seen: string[] = [];
  runVirtual(function* () {
    function* noting(name: string, next: Coroutine<unknown> | Future<unknown>): Coroutine<unknown> {
      try {
        return yield* next;
      } catch (error) {
        seen.push(`${name} ${describe(error)}`);
        throw error;
      }
    }
    const low = createTask(noting('low', sleep(50)));
    const middle = createTask(noting('middle', low));
    const top = createTask(noting('top', middle));
    yield* sleep(1);
    top.cancel('down');
    assert.deepEqual(
      [top, middle, low].map((task) => task.cancelling()),
      [1, 1, 1],
    );
    yield* outcome(top);
    assert.deepEqual(
      [top, middle, low].map((task) => task.cancelled()),
      [true, true, true],
    );
  });
  assert.deepEqual(seen, ['low CancelledError: down', 'middle CancelledError: down', 'top CancelledError: down']);
});

test('when the lowest swallows it and returns, the others go on as if nothing had been', () => {
  runVirtual(function* () {
    const low = createTask(swallowing(new Future(), 'low is fine'));
    const top = createTask(awaiting(low));
    yield* sleep(1);
    top.cancel();
    assert.equal(yield* top, 'low is fine');
    assert.equal(top.cancelled(), false);
    assert.equal(top.cancelling(), 1);
  });
});

test('uncancel takes back a mark that was not delivered, when the count reaches 0', () => {
  runVirtual(function* () {
    const result = yield* outcome(
      createTask(
        (function* (): Coroutine<string> {
          const me = currentTask()!;
          me.cancel();
          me.cancel();
          assert.equal(me.uncancel(), 1);
          assert.equal(me.uncancel(), 0);
          assert.equal(me.uncancel(), 0, 'it never goes below 0');
          yield* sleep(1);
          return 'not cancelled';
        })(),
      ),
    );
    assert.equal(result, 'not cancelled');
  });
});

test('uncancel with the count still above 0 leaves the mark', () => {
  runVirtual(function* () {
    const task = createTask(
      (function* (): Coroutine<string> {
        const me = currentTask()!;
        me.cancel('one');
        me.cancel('two');
        me.uncancel();
        yield* sleep(1);
        return 'not cancelled';
      })(),
    );
    assert.equal(yield* outcome(task), 'CancelledError: two');
  });
});

test('uncancel does not stop a CancelledError that is under way', () => {
  runVirtual(function* () {
    const task = createTask(sleep(50));
    yield* sleep(1);
    task.cancel();
    assert.equal(task.uncancel(), 0);
    assert.equal(yield* outcome(task), 'CancelledError');
  });
});

test('swallowing a cancel leaves the count at 1 for good; later timeouts still work', () => {
  runVirtual(function* () {
    const task = createTask(
      (function* (): Coroutine<unknown> {
        yield* swallowing(new Future(), '');
        assert.equal(currentTask()!.cancelling(), 1);
        return yield* outcome(asyncWith(timeout(10), () => sleep(50)));
      })(),
    );
    yield* sleep(1);
    task.cancel();
    assert.equal(yield* task, 'TimeoutError: timed out after 10 ms');
    assert.equal(task.cancelling(), 1);
  });
});

test('a cancelled task gives the original error to the first who asks, and one without message to later ones', () => {
  runVirtual(function* () {
    const make = function* (): Coroutine<Task<void>> {
      const task = createTask(sleep(50));
      yield* sleep(1);
      task.cancel('why');
      yield* sleep(1);
      return task;
    };
    const one = yield* make();
    assert.equal(yield* outcome(one), 'CancelledError: why');
    assert.equal(yield* outcome(one), 'CancelledError');
    const two = yield* make();
    assert.equal(describe(thrownBy(() => two.result())), 'CancelledError: why');
    assert.equal(describe(thrownBy(() => two.exception())), 'CancelledError');
  });
});

test('gather with returnExceptions lists a cancelled task without message, a cancelled future with it', () => {
  runVirtual(function* () {
    const task = createTask(sleep(50));
    const future = new Future<void>();
    const both = gather([task, future], { returnExceptions: true });
    yield* sleep(1);
    task.cancel('task');
    future.cancel('future');
    assert.deepEqual((yield* both).map(describe), ['CancelledError', 'CancelledError: future']);
  });
});

test('a task that is woken by a CancelledError anyway drops its mark', () => {
  runVirtual(function* () {
    const future = new Future<void>();
    const seen: string[] = [];
    const task = createTask(
      (function* (): Coroutine<string> {
        try {
          yield* future;
        } catch (error) {
          seen.push(describe(error));
        }
        yield* sleep(1);
        return 'on';
      })(),
    );
    yield* sleep(1);
    future.cancel('by another');
    task.cancel('the task');
    assert.equal(yield* outcome(task), 'on');
    assert.deepEqual(seen, ['CancelledError: by another']);
  });
});

test('a failure that a cancel overtakes counts as retrieved', () => {
  runVirtual(function* () {
    const future = new Future<void>();
    const task = createTask(awaiting(future));
    yield* sleep(1);
    future.setException(new Error('lost'));
    task.cancel();
    assert.equal(yield* outcome(task), 'CancelledError');
    assert.equal(currentTask()!._scheduler.unretrieved.size, 0);
  });
});

/** Who, as the CancelledError tells that the body ends with. */
function cancelledBy(wait: () => Coroutine<unknown>, cancel: (task: Task<unknown>) => Coroutine<unknown>) {
  return runVirtual(function* () {
    let by: string | undefined = 'not cancelled';
    const task = createTask(
      (function* () {
        try {
          yield* wait();
        } catch (error) {
          if (error instanceof CancelledError) by = error.cancelledBy;
          else throw error;
        }
      })(),
    ) as Task<unknown>;
    yield* sleep(0);
    yield* cancel(task);
    yield* sleep(1);
    return by;
  });
}

test('a CancelledError tells who asked, without debug mode', () => {
  const fromMain = function* (task: Task<unknown>): Coroutine<void> {
    task.cancel('closing time');
  };
  const main = '<Task Task-1>';
  assert.equal(
    cancelledBy(() => sleep(50), fromMain),
    main,
  );
  assert.equal(
    cancelledBy(() => awaiting(new Future<void>()), fromMain),
    main,
  );
  assert.equal(
    cancelledBy(() => awaiting(gather([sleep(50)])), fromMain),
    main,
  );
  const lock = new Lock();
  const locked = function* (): Coroutine<void> {
    yield* lock.acquire();
    yield* lock.acquire();
  };
  assert.equal(cancelledBy(locked, fromMain), main);
  const bySelf = function* (): Coroutine<void> {
    currentTask()!.cancel();
    yield* new Future<void>();
  };
  assert.equal(
    cancelledBy(bySelf, function* () {}),
    '<Task Task-2>',
  );
});

test('a timeout and a group are named as who asked', () => {
  const inTimeout = function* (): Coroutine<unknown> {
    return yield* asyncWith(timeout(5), function* () {
      try {
        yield* sleep(50);
      } catch (error) {
        assert.equal((error as CancelledError).cancelledBy, 'a timeout');
        throw error;
      }
    });
  };
  const inGroup = function* (): Coroutine<unknown> {
    return yield* asyncWith(new TaskGroup(), function* (group) {
      group.createTask(failing(), { name: 'cook' });
      try {
        yield* sleep(50);
      } catch (error) {
        assert.equal((error as CancelledError).cancelledBy, 'a TaskGroup in which <Task cook> failed');
        throw error;
      }
    });
  };
  function* failing(): Coroutine<void> {
    yield* sleep(1);
    throw new RangeError('burnt');
  }
  runVirtual(function* () {
    assert.match(String(yield* outcome(inTimeout())), /^TimeoutError/);
    assert.match(String(yield* outcome(inGroup())), /^ExceptionGroup/);
  });
});
