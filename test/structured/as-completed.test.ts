import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asCompleted, asyncIterate, type Coroutine, createTask, Future, getRunningLoop, sleep } from 'tsyncio';
import { runVirtual } from 'tsyncio/testing';
import { outcome } from '../support/collect-errors.ts';

function* failAfter(ms: number): Coroutine<never> {
  yield* sleep(ms);
  throw new RangeError('no');
}

test('plain iteration gives the results in the order in which they come', () => {
  runVirtual(function* () {
    const seen: unknown[] = [];
    for (const next of asCompleted([sleep(30, 'c'), sleep(10, 'a'), failAfter(20)])) seen.push(yield* outcome(next));
    assert.deepEqual(seen, ['a', 'RangeError: no', 'c']);
  });
});

test('asynchronous iteration gives the original futures, and tasks for coroutines', () => {
  runVirtual(function* () {
    const future = new Future<string>();
    const task = createTask(sleep(10, 'task'));
    getRunningLoop().callLater(20, () => future.setResult('future'));
    const iterator = asCompleted([future, task, sleep(15, 'coroutine')])[asyncIterate]();
    const seen: unknown[] = [];
    for (let step = yield* iterator.next(); !step.done; step = yield* iterator.next()) seen.push(step.value);
    assert.equal(seen[0], task);
    assert.equal((seen[1] as Future<string>).result(), 'coroutine');
    assert.equal(seen[2], future);
    assert.equal(seen.length, 3);
  });
});

test('duplicates count once', () => {
  runVirtual(function* () {
    const task = createTask(sleep(1, 'once'));
    const seen: unknown[] = [];
    for (const next of asCompleted([task, task])) seen.push(yield* next);
    assert.deepEqual(seen, ['once']);
  });
});

test('after the timeout each one still missing throws TimeoutError, and runs on', () => {
  runVirtual(function* () {
    const slow = [createTask(sleep(50, 'x')), createTask(sleep(60, 'y'))];
    const seen: unknown[] = [];
    for (const next of asCompleted([...slow, sleep(10, 'quick')], { timeout: 20 })) seen.push(yield* outcome(next));
    assert.deepEqual(seen, ['quick', 'TimeoutError: timed out after 20 ms', 'TimeoutError: timed out after 20 ms']);
    assert.equal(getRunningLoop().time(), 20);
    assert.equal(yield* slow[0]!, 'x');
  });
});

test('leaving early leaves the rest running', () => {
  runVirtual(function* () {
    const slow = createTask(sleep(50, 'slow'));
    for (const next of asCompleted([slow, sleep(10, 'quick')])) {
      assert.equal(yield* next, 'quick');
      break;
    }
    assert.equal(yield* slow, 'slow');
  });
});

test('the timer is gone when all have come', () => {
  runVirtual(function* () {
    for (const next of asCompleted([sleep(1)], { timeout: 500 })) yield* next;
    assert.equal(getRunningLoop().scheduler.timers.pending, 0);
  });
});

test('several may wait at once; one that is cancelled passes its turn on', () => {
  runVirtual(function* () {
    const [first, second] = [...asCompleted([sleep(10, 'a'), sleep(20, 'b')])];
    const one = createTask(outcome(first!));
    const two = createTask(outcome(second!));
    yield* sleep(1);
    one.cancel();
    assert.equal(yield* two, 'a');
    assert.equal(yield* one, 'CancelledError');
  });
});

test('nothing, and what is no iterable', () => {
  runVirtual(function* () {
    assert.deepEqual([...asCompleted([])], []);
    assert.throws(() => asCompleted(new Future<void>() as never), TypeError);
    assert.throws(() => asCompleted([1] as never), TypeError);
    assert.throws(() => asCompleted([sleep(1)], { timeout: 'x' as never }), TypeError);
  });
});
