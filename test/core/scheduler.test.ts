import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CancelledError, createTask, Future, getRunningLoop, RuntimeError, sleep } from 'tsyncio';
import { runVirtual } from 'tsyncio/testing';
import { describe, runReporting } from '../support/collect-errors.ts';

test('a handle made during a turn runs in the next one', () => {
  const seen: string[] = [];
  runVirtual(function* () {
    const loop = getRunningLoop();
    loop.callSoon(() => {
      seen.push('a');
      loop.callSoon(() => seen.push('made by a'));
    });
    loop.callSoon(() => seen.push('b'));
    yield* sleep(1);
  });
  assert.deepEqual(seen, ['a', 'b', 'made by a']);
});

test('due timers run behind what is ready, in order of deadline, ties in the order of making', () => {
  const seen: string[] = [];
  runVirtual(function* () {
    const loop = getRunningLoop();
    for (const [ms, name] of [
      [20, 'c'],
      [10, 'a'],
      [20, 'd'],
      [10, 'b'],
    ] as const) {
      loop.callLater(ms, () => seen.push(`${name} at ${loop.time()}`));
    }
    loop.callAt(-5, () => seen.push('past'));
    loop.callSoon(() => seen.push('ready'));
    yield* sleep(30);
  });
  assert.deepEqual(seen, ['ready', 'past', 'a at 10', 'b at 10', 'c at 20', 'd at 20']);
});

test('a due timer can still be cancelled by a handle that runs before it in the same turn', () => {
  const seen: string[] = [];
  runVirtual(function* () {
    const loop = getRunningLoop();
    const first = loop.callLater(10, () => {
      seen.push('first');
      second.cancel();
    });
    const second = loop.callLater(10, () => seen.push('second'));
    yield* sleep(20);
    assert.equal(second.cancelled(), true);
    assert.equal(second.when(), 10);
    assert.equal(first.cancelled(), false);
  });
  assert.deepEqual(seen, ['first']);
});

test('a cancelled handle does not run', () => {
  runVirtual(function* () {
    const handle = getRunningLoop().callSoon(() => assert.fail('it was cancelled'));
    handle.cancel();
    handle.cancel();
    assert.equal(handle.cancelled(), true);
    yield* sleep(1);
  });
});

test('cancelled timers do not hold the clock', () => {
  const time = runVirtual(function* () {
    const loop = getRunningLoop();
    const timers = Array.from({ length: 500 }, (_, index) => loop.callLater(1_000 + index, () => assert.fail()));
    for (const timer of timers) timer.cancel();
    yield* sleep(5);
    assert.equal(loop.scheduler.timers.pending, 0);
    return loop.time();
  });
  assert.equal(time, 5);
});

test('thousands of timers, some cancelled, fire in order', () => {
  const due: number[] = [];
  const expected: number[] = [];
  runVirtual(function* () {
    const loop = getRunningLoop();
    let seed = 12345;
    for (let i = 0; i < 5_000; i += 1) {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      const at = seed % 1_000;
      const timer = loop.callAt(at, () => due.push(at));
      if (seed % 3 === 0) timer.cancel();
      else expected.push(at);
    }
    yield* sleep(2_000);
  });
  assert.deepEqual(
    due,
    expected.sort((a, b) => a - b),
  );
});

test('an error in a callback goes to the exception handler, CancelledError too, and the others run', () => {
  const seen: string[] = [];
  const { reports } = runReporting(function* () {
    const loop = getRunningLoop();
    loop.callSoon(function soon() {
      throw new RangeError('no');
    });
    loop.callLater(1, function later() {
      throw new CancelledError('what');
    });
    loop.callSoon(() => seen.push('others run'));
    yield* sleep(5);
  });
  assert.deepEqual(
    reports.map(({ message, exception, handle }) => [message, describe(exception), handle !== undefined]),
    [
      ['Exception in callback soon', 'RangeError: no', true],
      ['Exception in callback later', 'CancelledError: what', true],
    ],
  );
  assert.deepEqual(seen, ['others run']);
});

test('what is no function and what is no time is refused', () => {
  runVirtual(function* () {
    const loop = getRunningLoop();
    assert.throws(() => loop.callSoon(undefined as never), {
      name: 'TypeError',
      message: /callSoon expects a function/,
    });
    assert.throws(() => loop.callLater(1, 5 as never), TypeError);
    assert.throws(() => loop.callLater('1' as never, () => {}), TypeError);
    assert.throws(() => loop.callAt(Number.NaN, () => {}), RangeError);
    assert.throws(() => sleep('1' as never), TypeError);
    assert.throws(() => sleep(Number.NaN), RangeError);
    yield* sleep(0);
  });
});

test('a closed loop takes nothing more', () => {
  const { loop, future } = runVirtual(function* () {
    return { loop: getRunningLoop(), future: new Future<void>() };
  });
  assert.equal(loop.isClosed(), true);
  assert.throws(() => loop.callSoon(() => {}), { name: 'RuntimeError', message: 'Event loop is closed' });
  assert.throws(() => loop.callLater(1, () => {}), RuntimeError);
  assert.throws(() => loop.createTask(sleep(1)), RuntimeError);
  future.cancel();
  assert.throws(() => future.addDoneCallback(() => {}), RuntimeError);
});

test('sleep(0) lets everything that is ready go first, exactly once', () => {
  const seen: string[] = [];
  runVirtual(function* () {
    for (const name of ['a', 'b']) {
      createTask(
        (function* () {
          seen.push(`${name}1`);
          yield* sleep(0);
          seen.push(`${name}2`);
        })(),
      );
    }
    yield* sleep(0);
    seen.push('main');
    yield* sleep(1);
  });
  assert.deepEqual(seen, ['a1', 'b1', 'main', 'a2', 'b2']);
});

test('sleep gives its result, and is refused the second time', () => {
  runVirtual(function* () {
    const nap = sleep(5, 'rested');
    assert.equal(yield* nap, 'rested');
    assert.throws(() => nap[Symbol.iterator](), {
      name: 'RuntimeError',
      message: 'cannot reuse already awaited coroutine',
    });
    assert.equal(getRunningLoop().time(), 5);
  });
});
