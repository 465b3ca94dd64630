import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ALL_COMPLETED,
  type Coroutine,
  createTask,
  FIRST_COMPLETED,
  FIRST_EXCEPTION,
  Future,
  getRunningLoop,
  type ReturnWhen,
  run,
  sleep,
  wait,
} from 'tsyncio';
import { runVirtual } from 'tsyncio/testing';
import { outcome } from '../support/collect-errors.ts';

function* failAfter(ms: number): Coroutine<never> {
  yield* sleep(ms);
  throw new RangeError('no');
}

const now = (): number => getRunningLoop().time();

test('waits for all, and gives the very tasks, in the order given', () => {
  runVirtual(function* () {
    const tasks = [createTask(sleep(20)), createTask(sleep(10)), createTask(sleep(30))];
    const { done, pending } = yield* wait(tasks);
    assert.deepEqual([...done], tasks);
    assert.equal(pending.size, 0);
    assert.equal(now(), 30);
  });
});

test('FIRST_COMPLETED: all that are done on waking are in done', () => {
  runVirtual(function* () {
    const loop = getRunningLoop();
    const futures = [new Future<number>(), new Future<number>(), new Future<number>()];
    loop.callLater(10, () => {
      futures[2]!.setResult(2);
      futures[0]!.setResult(0);
    });
    const { done, pending } = yield* wait(futures, { returnWhen: FIRST_COMPLETED });
    assert.deepEqual([...done], [futures[0], futures[2]]);
    assert.deepEqual([...pending], [futures[1]]);
  });
});

test('FIRST_EXCEPTION: a failure ends it, a cancelled task does not', () => {
  runVirtual(function* () {
    const tasks = [createTask(sleep(5)), createTask(sleep(50)), createTask(failAfter(20)), createTask(sleep(90))];
    getRunningLoop().callLater(10, () => tasks[1]!.cancel());
    const { done, pending } = yield* wait(tasks, { returnWhen: FIRST_EXCEPTION });
    assert.equal(now(), 20);
    assert.deepEqual([...done], [tasks[0], tasks[1], tasks[2]]);
    assert.deepEqual([...pending], [tasks[3]]);
  });
});

test('FIRST_EXCEPTION without a failure waits for all', () => {
  runVirtual(function* () {
    const { done } = yield* wait([createTask(sleep(5)), createTask(sleep(7))], { returnWhen: FIRST_EXCEPTION });
    assert.equal(done.size, 2);
    assert.equal(now(), 7);
  });
});

test('a timeout cancels nothing and throws nothing; 0 and less too', () => {
  runVirtual(function* () {
    const task = createTask(sleep(50));
    for (const [timeout, time] of [
      [10, 10],
      [0, 10],
      [-5, 10],
    ] as const) {
      const { done, pending } = yield* wait([task], { timeout });
      assert.equal(done.size, 0);
      assert.deepEqual([...pending], [task]);
      assert.equal(now(), time);
    }
    assert.equal(task.cancelling(), 0);
  });
});

test('its timer is gone when the futures come first', () => {
  const time = runVirtual(function* () {
    yield* wait([createTask(sleep(5))], { timeout: 500 });
    assert.equal(getRunningLoop().scheduler.timers.pending, 0);
    return now();
  });
  assert.equal(time, 5);
});

test('always suspends, even when all are done', () => {
  runVirtual(function* () {
    const future = new Future<number>();
    future.setResult(1);
    let others = 0;
    getRunningLoop().callSoon(() => {
      others += 1;
    });
    yield* wait([future]);
    assert.equal(others, 1);
  });
});

test('cancelling the one who waits leaves the tasks alone', () => {
  runVirtual(function* () {
    const task = createTask(sleep(50, 'on'));
    const waiting = createTask(wait([task], { timeout: 400 }));
    yield* sleep(1);
    waiting.cancel();
    assert.equal(yield* outcome(waiting), 'CancelledError');
    assert.equal(task.cancelling(), 0);
    assert.equal(yield* task, 'on');
    assert.equal(getRunningLoop().scheduler.timers.pending, 0);
  });
});

test('the same future twice counts once', () => {
  runVirtual(function* () {
    const task = createTask(sleep(5));
    const { done } = yield* wait([task, task]);
    assert.equal(done.size, 1);
  });
});

test('bad arguments', () => {
  runVirtual(function* () {
    assert.throws(() => wait([]), { name: 'RangeError', message: /at least one/ });
    assert.throws(() => wait([sleep(1)] as never), { name: 'TypeError', message: /coroutines are forbidden/ });
    assert.throws(() => wait(createTask(sleep(1)) as never), TypeError);
    const future = new Future<void>();
    assert.throws(() => wait([future], { returnWhen: 'SOME' as ReturnWhen }), RangeError);
    assert.throws(() => wait([future], { timeout: '1' as never }), TypeError);
    assert.equal(ALL_COMPLETED, 'ALL_COMPLETED');
  });
});

test('the same promise twice counts once', async () => {
  const promise = Promise.resolve('beer');
  const { done, pending } = await run(function* () {
    return yield* wait([promise, Promise.resolve('at once'), promise]);
  });
  assert.deepEqual(
    [...done].map((future) => future.result()),
    ['beer', 'at once'],
  );
  assert.equal(pending.size, 0);
});
