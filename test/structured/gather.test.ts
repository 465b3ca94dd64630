import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CancelledError,
  type Coroutine,
  createTask,
  eagerTaskFactory,
  Future,
  gather,
  getRunningLoop,
  sleep,
} from 'tsyncio';
import { runVirtual } from 'tsyncio/testing';
import { describe, outcome, runReporting } from '../support/collect-errors.ts';

function* after<T>(ms: number, result: T): Coroutine<T> {
  return yield* sleep(ms, result);
}

function* failAfter(ms: number, message: string): Coroutine<never> {
  yield* sleep(ms);
  throw new RangeError(message);
}

test('results come in the order given, whatever order they end in', () => {
  runVirtual(function* () {
    const [a, b, c] = yield* gather([after(30, 'a'), createTask(after(10, 2)), after(20, true)]);
    assert.deepEqual([a, b, c], ['a', 2, true]);
    assert.equal(getRunningLoop().time(), 30);
  });
});

test('the first error finishes the whole at once; the others run on, later errors are dropped', () => {
  const { reports } = runReporting(function* () {
    const slow = createTask(after(50, 'slow'));
    const whole = gather([slow, failAfter(10, 'first'), failAfter(20, 'second')]);
    assert.equal(yield* outcome(whole), 'RangeError: first');
    assert.equal(getRunningLoop().time(), 10);
    assert.equal(yield* slow, 'slow');
  });
  assert.deepEqual(reports, []);
});

test('a child that is cancelled fails the whole with CancelledError, which does not count as cancelled', () => {
  runVirtual(function* () {
    const child = createTask(sleep(50));
    const whole = gather([child]);
    yield* sleep(1);
    child.cancel('child');
    assert.equal(yield* outcome(whole), 'CancelledError: child');
    assert.equal(whole.done(), true);
    assert.equal(whole.cancelled(), false);
  });
});

test('cancelling it cancels the children and leaves it pending until they are over', () => {
  runVirtual(function* () {
    function* slowCleanup(): Coroutine<void> {
      try {
        yield* sleep(50);
      } finally {
        yield* sleep(5);
      }
    }
    const children = [createTask(slowCleanup()), createTask(slowCleanup())];
    const whole = gather(children);
    yield* sleep(1);
    assert.equal(whole.cancel('all'), true);
    assert.equal(whole.done(), false);
    assert.equal(yield* outcome(whole), 'CancelledError: all');
    assert.equal(getRunningLoop().time(), 6);
    assert.deepEqual(
      children.map((child) => child.cancelled()),
      [true, true],
    );
  });
});

test('cancel gives false when all children are done, although it may still be pending', () => {
  runVirtual(function* () {
    const future = new Future<number>();
    const whole = gather([future]);
    future.setResult(1);
    assert.equal(whole.done(), false);
    assert.equal(whole.cancel(), false);
    assert.deepEqual(yield* whole, [1]);
  });
});

function* swallow(): Coroutine<string> {
  try {
    yield* sleep(50);
  } catch (error) {
    assert.ok(error instanceof CancelledError);
  }
  return 'swallowed';
}

test('after a cancel it ends in CancelledError even if every child swallowed it', () => {
  runVirtual(function* () {
    for (const returnExceptions of [false, true]) {
      const whole = gather([swallow(), swallow()], { returnExceptions });
      yield* sleep(1);
      whole.cancel('why');
      assert.equal(yield* outcome(whole), 'CancelledError');
    }
  });
});

test('with returnExceptions the message is that of the last child in the list', () => {
  runVirtual(function* () {
    const one = gather([swallow(), sleep(50)], { returnExceptions: true });
    const two = gather([sleep(50), swallow()], { returnExceptions: true });
    yield* sleep(1);
    one.cancel('why');
    two.cancel('why');
    assert.equal(yield* outcome(one), 'CancelledError: why');
    assert.equal(yield* outcome(two), 'CancelledError');
  });
});

test('with returnExceptions failures are results', () => {
  runVirtual(function* () {
    const results = yield* gather([after(1, 'fine'), failAfter(5, 'no')], { returnExceptions: true });
    assert.equal(results[0], 'fine');
    assert.equal(describe(results[1]), 'RangeError: no');
  });
});

test('the same awaitable twice is one task and two results', () => {
  runVirtual(function* () {
    let runs = 0;
    const once = (function* () {
      runs += 1;
      return yield* sleep(1, 'once');
    })();
    assert.deepEqual(yield* gather([once, after(1, 'other'), once]), ['once', 'other', 'once']);
    assert.equal(runs, 1);
  });
});

test('gather of nothing is done at once', () => {
  runVirtual(function* () {
    const whole = gather([]);
    assert.equal(whole.done(), true);
    assert.deepEqual(yield* whole, []);
  });
});

test('set by hand, it ignores late children', () => {
  const { reports } = runReporting(function* () {
    const whole = gather([after(5, 1), failAfter(6, 'late')]);
    whole.setResult([7, 8] as never);
    assert.deepEqual(yield* whole, [7, 8]);
    yield* sleep(20);
  });
  assert.deepEqual(reports, []);
});

test('an eager child may finish an earlier future, which then goes through its callback', () => {
  runVirtual(
    function* () {
      const earlier = new Future<string>();
      const whole = gather([
        earlier,
        (function* () {
          earlier.setResult('by the second');
          return 2;
        })(),
      ]);
      // The second was done when gather came to it, the first was not.
      assert.equal(whole.done(), false);
      assert.deepEqual(yield* whole, ['by the second', 2]);
    },
    { taskFactory: eagerTaskFactory },
  );
});

test('a cancel of the one who waits reaches the children', () => {
  runVirtual(function* () {
    const child = createTask(sleep(50));
    const waiting = createTask(outcome(gather([child, sleep(60)])));
    yield* sleep(1);
    waiting.cancel('down');
    assert.equal(yield* waiting, 'CancelledError: down');
    assert.equal(child.cancelled(), true);
  });
});

test('a child that throws what is no Error fails the whole with it', () => {
  runVirtual(function* () {
    const whole = gather([
      sleep(5),
      (function* (): Coroutine<void> {
        throw 'text';
      })(),
    ]);
    assert.equal(yield* outcome(whole), 'text');
  });
});

test('iterables other than arrays, and what is none', () => {
  runVirtual(function* () {
    assert.deepEqual(yield* gather(new Set([after(1, 'a'), after(1, 'b')])), ['a', 'b']);
    assert.throws(() => gather(after(1, 'a') as never), { name: 'TypeError', message: /got a single awaitable/ });
    assert.throws(() => gather(undefined as never), { name: 'TypeError', message: /got undefined/ });
    assert.throws(() => gather([3] as never), { name: 'TypeError', message: /got number 3/ });
  });
});

test('one that fails at a later element leaves the earlier ones alone, and their failures are nobody’s', () => {
  const { reports } = runReporting(function* () {
    const first = new Future<void>();
    assert.throws(() => gather([first, 3] as never), { name: 'TypeError', message: /got number 3/ });
    first.setException(new RangeError('late'));
    yield* sleep(0);
  });
  assert.deepEqual(reports, []);
});
