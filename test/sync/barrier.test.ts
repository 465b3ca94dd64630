import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asyncWith, Barrier, BrokenBarrierError, createTask, gather, RuntimeError } from 'tsyncio';
import { runVirtual } from 'tsyncio/testing';
import { countTurns, traced, turns } from './helpers.ts';

function* pass(barrier: Barrier, name: string, log: (event: string) => void) {
  try {
    log(`${name} ${yield* barrier.wait()}`);
  } catch (error) {
    log(`${name} ${(error as Error).name}`);
  }
}

test('the last to come passes without suspending, with the highest index', () => {
  const events = traced(function* (log) {
    const barrier = new Barrier(3);
    const others = ['a', 'b'].map((name) => createTask(pass(barrier, name, log)));
    yield* turns(1);
    assert.equal(barrier.nWaiting, 2);
    assert.equal(String(barrier), '<Barrier [filling, waiters:2/3]>');
    log(`turns ${yield* countTurns(pass(barrier, 'last', log))}`);
    assert.equal(barrier.nWaiting, 0, 'it drains');
    assert.match(String(barrier), /draining/);
    yield* gather(others);
    assert.equal(String(barrier), '<Barrier [filling, waiters:0/3]>');
  });
  assert.deepEqual(events, ['last 2', 'turns 0', 'a 0', 'b 1']);
});

test('newcomers are held while the others drain', () => {
  const events = traced(function* (log) {
    const barrier = new Barrier(2);
    const first = createTask(pass(barrier, 'first', log));
    yield* turns(1);
    yield* pass(barrier, 'second', log);
    const newcomer = createTask(pass(barrier, 'newcomer', log));
    yield* turns(6);
    log(`inside ${barrier.nWaiting}`);
    yield* pass(barrier, 'partner', log);
    yield* gather([first, newcomer]);
  });
  assert.deepEqual(events, ['second 1', 'first 0', 'inside 1', 'partner 1', 'newcomer 0']);
});

test('after a cancellation an index can occur twice', () => {
  const events = traced(function* (log) {
    const barrier = new Barrier(3);
    const [a, b] = ['a', 'b'].map((name) => createTask(pass(barrier, name, log)));
    yield* turns(1);
    a!.cancel();
    yield* turns(3);
    const c = createTask(pass(barrier, 'c', log));
    yield* turns(2);
    yield* pass(barrier, 'd', log);
    yield* gather([b!, c]);
  });
  assert.deepEqual(events, ['a CancelledError', 'd 2', 'b 1', 'c 1']);
});

test('reset breaks those inside, and the barrier can be used again', () => {
  const events = traced(function* (log) {
    const barrier = new Barrier(2);
    const task = createTask(pass(barrier, 'a', log));
    yield* turns(1);
    yield* barrier.reset();
    yield* task;
    assert.equal(barrier.broken, false);
    yield* gather([pass(barrier, 'b', log), pass(barrier, 'c', log)]);
  });
  assert.deepEqual(events, ['a BrokenBarrierError', 'c 1', 'b 0']);
});

test('abort breaks for good, until a reset', () => {
  const events = traced(function* (log) {
    const barrier = new Barrier(2);
    const task = createTask(pass(barrier, 'a', log));
    yield* turns(1);
    yield* barrier.abort();
    yield* task;
    assert.equal(barrier.broken, true);
    yield* pass(barrier, 'b', log);
    yield* barrier.reset();
    assert.equal(barrier.broken, false);
    yield* gather([pass(barrier, 'c', log), pass(barrier, 'd', log)]);
  });
  assert.deepEqual(events, ['a BrokenBarrierError', 'b BrokenBarrierError', 'd 1', 'c 0']);
});

test('asyncWith waits and gives the index', () => {
  runVirtual(function* () {
    const barrier = new Barrier(1);
    assert.equal(barrier.parties, 1);
    assert.equal(
      yield* asyncWith(barrier, function* (index) {
        return index;
      }),
      0,
    );
  });
});

test('bad parties; a broken barrier is a RuntimeError', () => {
  assert.throws(() => new Barrier(0), RangeError);
  assert.throws(() => new Barrier(1.5), TypeError);
  assert.ok(new BrokenBarrierError() instanceof RuntimeError);
});
