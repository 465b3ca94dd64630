import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asyncWith, CancelledError, Condition, type Coroutine, createTask, Lock, RuntimeError } from 'tsyncio';
import { runVirtual } from 'tsyncio/testing';
import { traced, turns } from './helpers.ts';

function* waitIn(condition: Condition, name: string, log: (event: string) => void): Coroutine<void> {
  yield* condition.acquire();
  try {
    log(`${name} ${yield* condition.wait()}`);
  } catch (error) {
    log(`${name} ${(error as Error).name}(${(error as Error).message}) locked ${condition.locked()}`);
    throw error;
  } finally {
    condition.release();
  }
}

test('wait releases the lock, notify wakes in order, and wait gives true', () => {
  const events = traced(function* (log) {
    const condition = new Condition();
    const tasks = ['a', 'b', 'c'].map((name) => createTask(waitIn(condition, name, log)));
    yield* turns(1);
    assert.equal(String(condition), '<Condition [unlocked, waiters:3]>');
    yield* asyncWith(condition, function* () {
      condition.notify(2);
      log('notified');
    });
    yield* turns(4);
    log('rest');
    yield* condition.acquire();
    condition.notifyAll();
    condition.release();
    for (const task of tasks) yield* task;
  });
  assert.deepEqual(events, ['notified', 'a true', 'b true', 'rest', 'c true']);
});

test('a notified waiter needs the lock, and so runs one turn after it is free', () => {
  const events = traced(function* (log) {
    const condition = new Condition();
    const task = createTask(waitIn(condition, 'a', log));
    yield* turns(1);
    yield* condition.acquire();
    condition.notify();
    yield* turns(3);
    log('releasing');
    condition.release();
    yield* task;
  });
  assert.deepEqual(events, ['releasing', 'a true']);
});

test('a cancelled wait takes the lock again first, through further cancels, and throws the last one', () => {
  const events = traced(function* (log) {
    const condition = new Condition();
    const task = createTask(waitIn(condition, 'a', log));
    yield* turns(1);
    yield* condition.acquire();
    task.cancel('one');
    yield* turns(1);
    task.cancel('two');
    yield* turns(1);
    task.cancel('three');
    yield* turns(2);
    log(`done ${task.done()}`);
    condition.release();
    yield* turns(2);
    log(`cancelled ${task.cancelled()}, locked ${condition.locked()}`);
  });
  assert.deepEqual(events, ['done false', 'a CancelledError(three) locked true', 'cancelled true, locked false']);
});

test('a cancelled wait passes a notify on', () => {
  const events = traced(function* (log) {
    const condition = new Condition();
    const first = createTask(waitIn(condition, 'first', log));
    const second = createTask(waitIn(condition, 'second', log));
    yield* turns(1);
    yield* condition.acquire();
    condition.notify(1);
    first.cancel();
    condition.release();
    yield* second;
    assert.equal(first.cancelled(), true);
  });
  assert.deepEqual(events, ['first CancelledError() locked true', 'second true']);
});

test('a cancelled wait wakes somebody even if nobody had notified it', () => {
  const events = traced(function* (log) {
    const condition = new Condition();
    const first = createTask(waitIn(condition, 'first', log));
    const second = createTask(waitIn(condition, 'second', log));
    yield* turns(1);
    first.cancel();
    yield* second;
  });
  assert.deepEqual(events, ['first CancelledError() locked true', 'second true']);
});

test('waitFor asks after each notify and gives what the predicate gave', () => {
  runVirtual(function* () {
    const condition = new Condition();
    let beers = 0;
    let asked = 0;
    const task = createTask(
      asyncWith(condition, function* () {
        return yield* condition.waitFor(() => {
          asked += 1;
          return beers > 1 ? `${beers} beers` : undefined;
        });
      }),
    );
    for (let i = 0; i < 2; i += 1) {
      yield* turns(2);
      yield* condition.acquire();
      beers += 1;
      condition.notifyAll();
      condition.release();
    }
    assert.equal(yield* task, '2 beers');
    assert.equal(asked, 3);
  });
});

test('conditions may share a lock', () => {
  runVirtual(function* () {
    const lock = new Lock();
    const [a, b] = [new Condition(lock), new Condition(lock)];
    yield* a.acquire();
    assert.equal(b.locked(), true);
    b.release();
    assert.equal(lock.locked(), false);
  });
});

test('bad use', () => {
  const condition = new Condition();
  assert.throws(() => condition.notify(), new RuntimeError('cannot notify on un-acquired lock'));
  assert.throws(() => condition.notifyAll(), new RuntimeError('cannot notify on un-acquired lock'));
  assert.throws(() => condition.wait().next(), new RuntimeError('cannot wait on un-acquired lock'));
  assert.throws(() => condition.release(), new RuntimeError('Lock is not acquired.'));
  assert.throws(() => condition.notify(1.5), TypeError);
  assert.throws(() => new Condition({} as Lock), TypeError);
  assert.throws(() => condition.wait().throw(new CancelledError('early')), /early/);
});

test('a hold taken before a wait is good again after it, and releases by `using`', () => {
  const events = traced(function* (log) {
    const condition = new Condition();
    function* waiting(name: string): Coroutine<void> {
      using hold = yield* condition.acquire();
      try {
        yield* condition.wait();
      } finally {
        log(`${name} holds ${hold.held}`);
      }
    }
    const cancelled = createTask(waiting('cancelled'));
    yield* turns(2);
    cancelled.cancel();
    yield* turns(2);
    log(`locked ${condition.locked()}`);
    const notified = createTask(waiting('notified'));
    yield* turns(2);
    {
      using _ = yield* condition.acquire();
      condition.notify();
    }
    yield* notified;
    log(`locked ${condition.locked()}`);
  });
  assert.deepEqual(events, ['cancelled holds true', 'locked false', 'notified holds true', 'locked false']);
});
