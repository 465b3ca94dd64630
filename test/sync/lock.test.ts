import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  asyncWith,
  CancelledError,
  createTask,
  DeadlockError,
  isCoroutine,
  Lock,
  RuntimeError,
  sleep,
  waitFor,
} from 'tsyncio';
import { runVirtual } from 'tsyncio/testing';
import { countTurns, traced, turns } from './helpers.ts';

function* use(lock: Lock, name: string, log: (event: string) => void, hold = 1) {
  yield* asyncWith(lock, function* () {
    log(`${name} in`);
    yield* turns(hold);
    log(`${name} out`);
  });
}

test('a free lock is taken without suspending', () => {
  runVirtual(function* () {
    const lock = new Lock();
    assert.equal(yield* countTurns(lock.acquire()), 0);
    assert.equal(lock.locked(), true);
    lock.release();
    assert.equal(lock.locked(), false);
  });
});

test('first come, first served', () => {
  const events = traced(function* (log) {
    const lock = new Lock();
    const tasks = ['a', 'b', 'c'].map((name) => createTask(use(lock, name, log)));
    for (const task of tasks) yield* task;
  });
  assert.deepEqual(events, ['a in', 'a out', 'b in', 'b out', 'c in', 'c out']);
});

test('the next one runs one turn after release; meanwhile the lock is not locked and a newcomer queues behind', () => {
  const events = traced(function* (log) {
    const lock = new Lock();
    yield* lock.acquire();
    const waiter = createTask(use(lock, 'waiter', log));
    yield* turns(1);
    lock.release();
    log(`locked ${lock.locked()}`);
    yield* lock.acquire();
    log('newcomer in');
    lock.release();
    yield* waiter;
  });
  assert.deepEqual(events, ['locked false', 'waiter in', 'waiter out', 'newcomer in']);
});

test('a newcomer passes when all who wait are cancelled', () => {
  runVirtual(function* () {
    const lock = new Lock();
    yield* lock.acquire();
    const tasks = [createTask(lock.acquire()), createTask(lock.acquire())];
    yield* turns(1);
    for (const task of tasks) task.cancel();
    lock.release();
    assert.equal(yield* countTurns(lock.acquire()), 0);
    yield* turns(2);
    assert.deepEqual(
      tasks.map((task) => task.cancelled()),
      [true, true],
    );
    assert.equal(lock.locked(), true);
  });
});

test('a woken waiter that is cancelled passes the wake-up on', () => {
  const events = traced(function* (log) {
    const lock = new Lock();
    yield* lock.acquire();
    const first = createTask(use(lock, 'first', log));
    const second = createTask(use(lock, 'second', log));
    yield* turns(1);
    lock.release();
    first.cancel();
    yield* second;
    log(`first cancelled ${first.cancelled()}, locked ${lock.locked()}`);
  });
  assert.deepEqual(events, ['second in', 'second out', 'first cancelled true, locked false']);
});

test('release wakes nobody while a cancelled waiter stands first; that one wakes the next when it runs', () => {
  const events = traced(function* (log) {
    const lock = new Lock();
    yield* lock.acquire();
    const first = createTask(use(lock, 'first', log));
    const second = createTask(use(lock, 'second', log));
    yield* turns(1);
    first.cancel();
    lock.release();
    yield* turns(1);
    log('one turn');
    yield* second;
  });
  assert.deepEqual(events, ['one turn', 'second in', 'second out']);
});

test('a hold is true, releases once, and never what another one holds', () => {
  runVirtual(function* () {
    const lock = new Lock();
    const hold = yield* lock.acquire();
    assert.ok(hold);
    assert.equal(hold.held, true);
    hold[Symbol.dispose]();
    assert.equal(lock.locked(), false);
    const other = yield* lock.acquire();
    hold[Symbol.dispose]();
    assert.equal(lock.locked(), true);
    assert.equal(hold.held, false);
    other[Symbol.dispose]();
    assert.equal(lock.locked(), false);
  });
});

test('asyncWith releases also when the body throws, and gives the body nothing', () => {
  runVirtual(function* () {
    const lock = new Lock();
    yield* asyncWith(lock, function* (value) {
      assert.equal(value, undefined);
    });
    const failing = asyncWith(lock, function* () {
      yield* sleep(1);
      throw new Error('spilled');
    });
    let caught: unknown;
    try {
      yield* failing;
    } catch (error) {
      caught = error;
    }
    assert.match(String(caught), /spilled/);
    assert.equal(lock.locked(), false);
  });
});

test('acquire works with waitFor: a timeout leaves no trace', () => {
  runVirtual(function* () {
    const lock = new Lock();
    yield* lock.acquire();
    let caught: unknown;
    try {
      yield* waitFor(lock.acquire(), 10);
    } catch (error) {
      caught = error;
    }
    assert.equal((caught as Error).name, 'TimeoutError');
    assert.match(String(lock), /^<Lock \[locked, holder:Task-\d+\]>$/);
    lock.release();
    assert.equal(yield* countTurns(lock.acquire()), 0);
  });
});

test('a cancel thrown in by hand leaves the queue', () => {
  runVirtual(function* () {
    const lock = new Lock();
    yield* lock.acquire();
    const acquire = lock.acquire();
    assert.ok(isCoroutine(acquire));
    acquire.next();
    assert.match(String(lock), /waiters:1/);
    assert.throws(() => acquire.throw(new CancelledError('enough')), /enough/);
    assert.doesNotMatch(String(lock), /waiters/);
    assert.deepEqual(acquire.next(), { value: undefined, done: true });
  });
});

test('releasing a free lock is a RuntimeError', () => {
  assert.throws(() => new Lock().release(), new RuntimeError('Lock is not acquired.'));
});

test('a lock belongs to the loop of the first who waited', () => {
  const lock = new Lock();
  runVirtual(function* () {
    yield* lock.acquire();
    const waiter = createTask(lock.acquire());
    yield* turns(1);
    waiter.cancel();
    yield* turns(1);
  });
  runVirtual(function* () {
    let caught: unknown;
    try {
      yield* lock.acquire();
    } catch (error) {
      caught = error;
    }
    assert.match(String(caught), /^RuntimeError: <Lock \[locked.*\]> is bound to a different event loop$/);
    lock.release();
    assert.ok(yield* lock.acquire(), 'without waiting it may be used anywhere, as in asyncio');
  });
});

test('a deadlock names the lock and its holder', () => {
  assert.throws(
    () =>
      runVirtual(function* () {
        const lock = new Lock();
        yield* lock.acquire();
        yield* lock.acquire();
      }),
    (error) =>
      error instanceof DeadlockError &&
      /Task-1 waits for <Lock \[locked, holder:Task-1, waiters:1\]>/.test(error.message),
  );
});

test('ten thousand waiters that are all cancelled in one turn do not cost a search each', () => {
  runVirtual(function* () {
    const lock = new Lock();
    yield* lock.acquire();
    const tasks = Array.from({ length: 10_000 }, () => createTask(lock.acquire()));
    yield* turns(1);
    for (const task of tasks) task.cancel();
    yield* turns(1);
    assert.equal(lock._waiters.length, 0);
    assert.equal(lock._waiters.live, 0);
    assert.ok(tasks.every((task) => task.cancelled()));
  });
});
