import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asyncWith, BoundedSemaphore, createTask, Semaphore } from 'tsyncio';
import { runVirtual } from 'tsyncio/testing';
import { countTurns, traced, turns } from './helpers.ts';

function* take(semaphore: Semaphore, name: string, log: (event: string) => void) {
  yield* semaphore.acquire();
  log(name);
}

test('permits are given without suspending while there are some', () => {
  runVirtual(function* () {
    const semaphore = new Semaphore(2);
    assert.equal(yield* countTurns(semaphore.acquire()), 0);
    assert.equal(semaphore.locked(), false);
    assert.equal(yield* countTurns(semaphore.acquire()), 0);
    assert.equal(semaphore.locked(), true);
    semaphore.release();
    assert.equal(String(semaphore), '<Semaphore [unlocked, value:1]>');
  });
});

test('the value goes down when the waiter is woken, and locked() is true until it has run', () => {
  runVirtual(function* () {
    const semaphore = new Semaphore(0);
    const task = createTask(semaphore.acquire());
    yield* turns(1);
    assert.equal(String(semaphore), '<Semaphore [locked, waiters:1]>');
    semaphore.release();
    assert.equal(semaphore._value, 0);
    semaphore.release();
    assert.equal(semaphore._value, 1);
    assert.equal(semaphore.locked(), true, 'a permit is left, but somebody waits');
    yield* task;
    assert.equal(semaphore.locked(), false);
  });
});

test('newcomers never overtake', () => {
  const events = traced(function* (log) {
    const semaphore = new Semaphore(0);
    const waiter = createTask(take(semaphore, 'waiter', log));
    yield* turns(1);
    semaphore.release();
    semaphore.release();
    yield* take(semaphore, 'newcomer', log);
    yield* waiter;
  });
  assert.deepEqual(events, ['waiter', 'newcomer']);
});

test('a woken waiter that is cancelled gives its permit back and wakes the next', () => {
  const events = traced(function* (log) {
    const semaphore = new Semaphore(0);
    const tasks = ['a', 'b', 'c'].map((name) => createTask(take(semaphore, name, log)));
    yield* turns(1);
    semaphore.release();
    tasks[0]!.cancel();
    yield* tasks[1]!;
    log(`a cancelled ${tasks[0]!.cancelled()}, c done ${tasks[2]!.done()}, value ${semaphore._value}`);
    tasks[2]!.cancel();
    yield* turns(1);
    assert.equal(semaphore._woken, 0);
  });
  assert.deepEqual(events, ['b', 'a cancelled true, c done false, value 0']);
});

test('a waiter that gets its permit wakes further ones while permits are left', () => {
  const events = traced(function* (log) {
    const semaphore = new Semaphore(0);
    const tasks = ['a', 'b', 'c'].map((name) => createTask(take(semaphore, name, log)));
    yield* turns(1);
    // These come back while a is on its way: nobody wakes b but a.
    semaphore.release();
    semaphore._value += 1;
    yield* turns(1);
    log('one turn');
    yield* turns(1);
    log(`c done ${tasks[2]!.done()}`);
    tasks[2]!.cancel();
  });
  assert.deepEqual(events, ['a', 'one turn', 'b', 'c done false']);
});

test('a cancelled waiter passes nothing on when nothing had come', () => {
  runVirtual(function* () {
    const semaphore = new Semaphore(0);
    const tasks = [createTask(semaphore.acquire()), createTask(semaphore.acquire())];
    yield* turns(1);
    tasks[0]!.cancel();
    yield* turns(2);
    assert.equal(tasks[1]!.done(), false);
    semaphore.release();
    assert.ok(yield* tasks[1]!);
    assert.equal(semaphore._value, 0);
  });
});

test('a hold releases once; asyncWith releases', () => {
  runVirtual(function* () {
    const semaphore = new BoundedSemaphore(1);
    const hold = yield* semaphore.acquire();
    assert.ok(hold);
    hold[Symbol.dispose]();
    hold[Symbol.dispose]();
    assert.equal(semaphore._value, 1);
    yield* asyncWith(semaphore, function* () {
      assert.equal(semaphore.locked(), true);
    });
    assert.equal(semaphore.locked(), false);
  });
});

test('bounded: one release too many is a RangeError', () => {
  runVirtual(function* () {
    const semaphore = new BoundedSemaphore(1);
    assert.throws(() => semaphore.release(), new RangeError('BoundedSemaphore released too many times'));
    yield* semaphore.acquire();
    semaphore.release();
    assert.equal(String(semaphore), '<BoundedSemaphore [unlocked, value:1]>');
  });
});

test('bad values', () => {
  assert.throws(() => new Semaphore(-1), RangeError);
  assert.throws(() => new Semaphore(1.5), TypeError);
  assert.throws(() => new Semaphore('1' as unknown as number), TypeError);
  assert.throws(() => new BoundedSemaphore(-1), RangeError);
});
