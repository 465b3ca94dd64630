import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTask, Event } from 'tsyncio';
import { runVirtual } from 'tsyncio/testing';
import { countTurns, traced, turns } from './helpers.ts';

test('wait on a set event gives true without suspending', () => {
  runVirtual(function* () {
    const event = new Event();
    event.set();
    assert.equal(event.isSet(), true);
    assert.equal(yield* event.wait(), true);
    assert.equal(yield* countTurns(event.wait()), 0);
  });
});

test('set wakes all in order, one turn later', () => {
  const events = traced(function* (log) {
    const event = new Event();
    const wait = function* (name: string) {
      log(`${name} ${yield* event.wait()}`);
    };
    const tasks = ['a', 'b', 'c'].map((name) => createTask(wait(name)));
    yield* turns(1);
    event.set();
    event.set();
    yield* turns(1);
    log('one turn');
    for (const task of tasks) yield* task;
  });
  assert.deepEqual(events, ['a true', 'b true', 'c true', 'one turn']);
});

test('set and clear in one turn still wakes all that were waiting, and nobody looks again', () => {
  const events = traced(function* (log) {
    const event = new Event();
    const wait = function* (name: string) {
      yield* event.wait();
      log(`${name} ${event.isSet()}`);
    };
    const early = createTask(wait('early'));
    yield* turns(1);
    event.set();
    event.clear();
    const late = createTask(wait('late'));
    yield* turns(3);
    log(`late done ${late.done()}`);
    event.set();
    yield* late;
    yield* early;
  });
  assert.deepEqual(events, ['early false', 'late done false', 'late true']);
});

test('a cancelled waiter leaves, the others stay', () => {
  runVirtual(function* () {
    const event = new Event();
    const tasks = [createTask(event.wait()), createTask(event.wait()), createTask(event.wait())];
    yield* turns(1);
    assert.equal(String(event), '<Event [unset, waiters:3]>');
    tasks[1]!.cancel();
    yield* turns(1);
    assert.equal(String(event), '<Event [unset, waiters:2]>');
    event.set();
    assert.equal(String(event), '<Event [set]>');
    yield* turns(1);
    assert.deepEqual(
      tasks.map((task) => task.cancelled()),
      [false, true, false],
    );
    assert.equal(tasks[2]!.result(), true);
  });
});

test('a cancel beats a set that was not delivered', () => {
  runVirtual(function* () {
    const event = new Event();
    const task = createTask(event.wait());
    yield* turns(1);
    event.set();
    task.cancel();
    yield* turns(2);
    assert.equal(task.cancelled(), true);
  });
});

test('an event belongs to the loop of the first who waited', () => {
  const event = new Event();
  runVirtual(function* () {
    createTask(event.wait());
    yield* turns(1);
  });
  runVirtual(function* () {
    let caught: unknown;
    try {
      yield* event.wait();
    } catch (error) {
      caught = error;
    }
    assert.equal(String(caught), 'RuntimeError: <Event [unset]> is bound to a different event loop');
  });
});
