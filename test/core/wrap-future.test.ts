import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Coroutine,
  createTask,
  ensureFuture,
  Future,
  gather,
  run,
  sleep,
  wait,
  waitFor,
  wrapFuture,
} from 'tsyncio';
import { outcome } from '../support/collect-errors.ts';

test('a promise enters coroutine code', async () => {
  await run(function* () {
    assert.equal(yield* wrapFuture(Promise.resolve('beer')), 'beer');
    assert.equal(yield* outcome(wrapFuture(Promise.reject(new RangeError('no')))), 'RangeError: no');
    assert.equal(yield* outcome(wrapFuture(Promise.reject('text'))), 'text');
    assert.match(String(yield* outcome(wrapFuture(Promise.reject()))), /^RuntimeError/);
  });
});

test('every function that takes awaitables takes promises', async () => {
  await run(function* () {
    const soon = async (value: string): Promise<string> => value;
    assert.deepEqual(yield* gather([soon('a'), sleep(1, 'b')]), ['a', 'b']);
    assert.equal(yield* waitFor(soon('c'), 1_000_000), 'c');
    assert.equal(yield* createTask(soon('d')), 'd');
    assert.equal(yield* ensureFuture(soon('e')), 'e');
    const { done } = yield* wait([soon('f')]);
    assert.deepEqual(
      [...done].map((future) => future.result()),
      ['f'],
    );
    assert.equal(yield* outcome(gather([Promise.reject(new RangeError('g')), sleep(1)])), 'RangeError: g');
  });
});

test('a cancel aborts the signal; what the promise does later is ignored', async () => {
  const reasons: unknown[] = [];
  await run(function* () {
    let fail: (error: Error) => void = () => {};
    const task = createTask(
      (function* (): Coroutine<unknown> {
        return yield* wrapFuture(
          (signal) =>
            new Promise<never>((_resolve, reject) => {
              fail = reject;
              signal.addEventListener('abort', () => reasons.push(signal.reason));
            }),
        );
      })(),
    );
    yield* sleep(1);
    task.cancel('closing');
    assert.equal(yield* outcome(task), 'CancelledError: closing');
    fail(new Error('too late'));
    yield* sleep(1);
  });
  assert.deepEqual(reasons.map(String), ['CancelledError: closing']);
});

test('a signal is not aborted when the promise is kept', async () => {
  let aborted: boolean | undefined;
  await run(function* () {
    yield* wrapFuture(async (signal) => {
      signal.addEventListener('abort', () => {
        aborted = true;
      });
    });
    yield* sleep(1);
  });
  assert.equal(aborted, undefined);
});

test('a future is returned itself; anything else is refused', async () => {
  await run(function* () {
    const future = new Future<void>();
    assert.equal(wrapFuture(future), future);
    assert.throws(() => wrapFuture(5 as never), TypeError);
    assert.throws(() => wrapFuture((() => 5) as never), { name: 'TypeError', message: /must return a promise/ });
  });
  assert.throws(() => wrapFuture(Promise.resolve()), { name: 'RuntimeError', message: /no running event loop/ });
});

test('a promise that settles after the loop was closed harms nobody', async () => {
  let resolve: (value: string) => void = () => {};
  const future = await run(function* () {
    return {
      future: wrapFuture(
        new Promise<string>((settle) => {
          resolve = settle;
        }),
      ),
    };
  });
  resolve('late');
  await new Promise((settled) => setImmediate(settled));
  assert.equal(future.future.done(), false);
});
