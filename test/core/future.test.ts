import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CancelledError,
  ContextVar,
  type Coroutine,
  copyContext,
  createTask,
  Future,
  getRunningLoop,
  InvalidStateError,
  isFuture,
  sleep,
} from 'tsyncio';
import { runVirtual } from 'tsyncio/testing';
import { awaiting, describe, runReporting, thrownBy } from '../support/collect-errors.ts';

/** Runs the body inside a loop, where futures can be made. */
function inLoop(body: () => void): void {
  runVirtual(function* () {
    body();
  });
}

test('a pending future has neither result nor exception', () => {
  inLoop(() => {
    const future = new Future<number>();
    assert.equal(future.done(), false);
    assert.equal(future.cancelled(), false);
    assert.equal(describe(thrownBy(() => future.result())), 'InvalidStateError: Result is not ready.');
    assert.equal(describe(thrownBy(() => future.exception())), 'InvalidStateError: Exception is not set.');
  });
});

test('a result is kept, and can be set only once', () => {
  inLoop(() => {
    const future = new Future<number>();
    future.setResult(3);
    assert.equal(future.done(), true);
    assert.equal(future.result(), 3);
    assert.equal(future.exception(), undefined);
    assert.throws(() => future.setResult(4), InvalidStateError);
    assert.throws(() => future.setException(new Error('late')), InvalidStateError);
    assert.equal(future.cancel(), false);
    assert.equal(future.result(), 3);
  });
});

test('an exception is thrown to everybody who asks for the result', () => {
  inLoop(() => {
    const future = new Future<number>();
    const error = new RangeError('no');
    future.setException(error);
    assert.equal(future.exception(), error);
    assert.equal(
      thrownBy(() => future.result()),
      error,
    );
    assert.equal(
      thrownBy(() => future.result()),
      error,
    );
  });
});

test('setException takes errors only', () => {
  inLoop(() => {
    const future = new Future<number>();
    assert.throws(() => future.setException('no' as unknown as Error), {
      name: 'TypeError',
      message: 'setException expects an Error, got "no"',
    });
    assert.equal(future.done(), false);
  });
});

test('a plain future that is cancelled gives its message to everybody', () => {
  inLoop(() => {
    const future = new Future<number>();
    assert.equal(future.cancel('closing time'), true);
    assert.equal(future.cancel('again'), false);
    assert.equal(future.cancelled(), true);
    assert.equal(describe(thrownBy(() => future.result())), 'CancelledError: closing time');
    assert.equal(describe(thrownBy(() => future.exception())), 'CancelledError: closing time');
    assert.equal(describe(thrownBy(() => future.result())), 'CancelledError: closing time');
  });
});

test('callbacks run in the order of adding, one turn after the future is done', () => {
  const seen: string[] = [];
  runVirtual(function* () {
    const future = new Future<number>();
    const loop = getRunningLoop();
    future.addDoneCallback((done) => seen.push(`a ${done.result()}`));
    future.addDoneCallback(() => {
      seen.push('b');
      loop.callSoon(() => seen.push('next turn'));
    });
    loop.callSoon(() => seen.push('before'));
    future.setResult(1);
    future.addDoneCallback(() => seen.push('c: added when it was done'));
    assert.deepEqual(seen, []);
    yield* sleep(1);
  });
  assert.deepEqual(seen, ['before', 'a 1', 'b', 'c: added when it was done', 'next turn']);
});

test('removing a callback removes all equal ones and says how many', () => {
  const seen: string[] = [];
  runVirtual(function* () {
    const future = new Future<number>();
    const twice = (): void => void seen.push('twice');
    const once = (): void => void seen.push('once');
    for (const callback of [twice, once, twice]) future.addDoneCallback(callback);
    assert.equal(future.removeDoneCallback(twice), 2);
    assert.equal(future.removeDoneCallback(twice), 0);
    future.setResult(1);
    assert.equal(future.removeDoneCallback(once), 0);
    yield* sleep(1);
  });
  assert.deepEqual(seen, ['once']);
});

test('removing a callback leaves the tasks that wait', () => {
  const result = runVirtual(function* () {
    const future = new Future<number>();
    const callback = (): void => assert.fail('it was removed');
    future.addDoneCallback(callback);
    const task = createTask(awaiting(future));
    return yield* waitAndRemove(future, callback, task);
  });
  assert.equal(result, 5);
});

function* waitAndRemove(future: Future<number>, callback: () => void, task: Future<number>): Coroutine<number> {
  yield* sleep(1);
  assert.equal(future.removeDoneCallback(callback), 1);
  future.setResult(5);
  return yield* task;
}

test('a callback runs in the context in which it was added, or in the one given', () => {
  const variable = new ContextVar<string>('variable', { defaultValue: 'none' });
  const seen: string[] = [];
  runVirtual(function* () {
    const future = new Future<void>();
    variable.set('at adding');
    future.addDoneCallback(() => seen.push(variable.get()));
    const own = copyContext();
    own.run(() => variable.set('given'));
    future.addDoneCallback(() => variable.set(`${variable.get()}, changed`), { context: own });
    variable.set('later');
    future.setResult();
    yield* sleep(1);
    seen.push(variable.get(), own.get(variable) ?? '');
  });
  assert.deepEqual(seen, ['at adding', 'later', 'given, changed']);
});

test('a callback that throws is reported, CancelledError too, and the others run', () => {
  const seen: string[] = [];
  const { reports } = runReporting(function* () {
    const future = new Future<void>();
    future.addDoneCallback(function first() {
      throw new RangeError('no');
    });
    future.addDoneCallback(function second() {
      throw new CancelledError('nobody catches it');
    });
    future.addDoneCallback(() => seen.push('third'));
    future.setResult();
    yield* sleep(1);
  });
  assert.deepEqual(
    reports.map(({ message, exception }) => [message, describe(exception)]),
    [
      ['Exception in callback first', 'RangeError: no'],
      ['Exception in callback second', 'CancelledError: nobody catches it'],
    ],
  );
  assert.deepEqual(seen, ['third']);
});

test('several tasks may wait for one future; they wake in the order in which they came', () => {
  const seen: string[] = [];
  runVirtual(function* () {
    const future = new Future<string>();
    for (const name of ['a', 'b', 'c']) {
      createTask(
        (function* () {
          seen.push(name + (yield* future));
        })(),
      );
    }
    yield* sleep(1);
    future.setResult('!');
    yield* sleep(1);
  });
  assert.deepEqual(seen, ['a!', 'b!', 'c!']);
});

test('isFuture knows futures and tasks', () => {
  runVirtual(function* () {
    assert.equal(isFuture(new Future()), true);
    const task = createTask(sleep(0));
    assert.equal(isFuture(task), true);
    assert.equal(isFuture(sleep(0)), false);
    assert.equal(isFuture({}), false);
    assert.equal(isFuture(undefined), false);
  });
});

test('a future knows its loop, and cannot be made where no loop runs', () => {
  runVirtual(function* () {
    assert.equal(new Future().getLoop(), getRunningLoop());
  });
  assert.throws(() => new Future(), { name: 'RuntimeError', message: /no running event loop/ });
});

test('addDoneCallback takes functions only', () => {
  inLoop(() => {
    assert.throws(() => new Future().addDoneCallback(undefined as unknown as () => void), TypeError);
  });
});
