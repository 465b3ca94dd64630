/** How many turns of the loop lie between a cause and the resumption of the one who waits. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Awaitable,
  asCompleted,
  asyncWith,
  type Coroutine,
  createTask,
  type Future,
  gather,
  getRunningLoop,
  shield,
  sleep,
  TaskGroup,
  timeout,
  wait,
  waitFor,
} from 'tsyncio';
import { runVirtual } from 'tsyncio/testing';
import { awaiting } from '../support/collect-errors.ts';

const turn = (): number => getRunningLoop().scheduler.turns;

/** Turns from the call of `mark` to the end of `body`. */
function turnsOf(body: (mark: () => void) => Awaitable<unknown>): number {
  return runVirtual(function* () {
    let marked = Number.NaN;
    yield* body(() => {
      marked = turn();
    });
    return turn() - marked;
  });
}

type Waiting = (future: Future<number>) => Awaitable<unknown>;

/** Turns from the moment at which a future is set to the end of `waiting` for it. */
function turnsAfterSet(waiting: Waiting): number {
  return turnsOf(function* (mark) {
    const loop = getRunningLoop();
    const future = loop.createFuture<number>();
    loop.callLater(10, () => {
      mark();
      future.setResult(1);
    });
    yield* waiting(future);
  });
}

/** Turns that `waiting` takes when the future is done before. */
function turnsWhenDone(waiting: Waiting): number {
  return turnsOf(function* (mark) {
    const future = getRunningLoop().createFuture<number>();
    future.setResult(1);
    mark();
    yield* waiting(future);
  });
}

function* firstCompleted(future: Future<number>): Coroutine<number> {
  for (const next of asCompleted([future])) return yield* next;
  throw new Error('unreachable');
}

const ways: [string, Waiting, afterSet: number, whenDone: number][] = [
  ['yield*', (f) => f, 1, 0],
  ['waitFor', (f) => waitFor(f, 50), 1, 0],
  ['waitFor without limit', (f) => waitFor(f, undefined), 1, 0],
  ['timeout', (f) => asyncWith(timeout(50), () => awaiting(f)), 1, 0],
  ['gather', (f) => gather([f]), 2, 0],
  ['shield', (f) => shield(f), 2, 0],
  ['wait', (f) => wait([f]), 2, 2],
  ['asCompleted', firstCompleted, 2, 2],
  ['gather in gather', (f) => gather([gather([f])]), 3, 0],
];

for (const [name, waiting, afterSet, whenDone] of ways) {
  test(`${name}: ${afterSet} after the future is set, ${whenDone} when it is done already`, () => {
    assert.equal(turnsAfterSet(waiting), afterSet);
    assert.equal(turnsWhenDone(waiting), whenDone);
  });
}

/** A coroutine that marks its end. */
function* child(mark: () => void): Coroutine<void> {
  yield* sleep(10);
  mark();
}

const ends: [string, (mark: () => void) => Awaitable<unknown>, number][] = [
  ['yield* coroutine', child, 0],
  ['waitFor(coroutine)', (mark) => waitFor(child(mark), 50), 0],
  ['yield* task', (mark) => createTask(child(mark)), 1],
  ['gather', (mark) => gather([child(() => {}), child(mark)]), 2],
  ['shield', (mark) => shield(child(mark)), 2],
  ['wait', (mark) => wait([createTask(child(mark))]), 2],
  ['TaskGroup', (mark) => asyncWith(new TaskGroup(), group(mark)), 2],
];

function group(mark: () => void): (group: TaskGroup) => Coroutine<void> {
  return function* (tasks) {
    tasks.createTask(child(() => {}));
    tasks.createTask(child(mark));
  };
}

for (const [name, waiting, turns] of ends) {
  test(`${name}: ${turns} after the last coroutine ended`, () => assert.equal(turnsOf(waiting), turns));
}

function* empty(): Coroutine<void> {}

const others: [string, () => Awaitable<unknown>, number][] = [
  ['gather of nothing', () => gather([]), 0],
  ['waitFor(coroutine, 0), which never runs it', () => caught(waitFor(sleep(5), 0)), 3],
  ['an empty TaskGroup', () => asyncWith(new TaskGroup(), empty), 0],
  ['sleep(0)', () => sleep(0), 1],
  ['sleep(-1)', () => sleep(-1), 1],
  ['a task of an empty coroutine', () => createTask(empty()), 2],
  ['timeout(0) around a suspension', () => caught(asyncWith(timeout(0), () => sleep(5))), 2],
];

function* caught(coroutine: Awaitable<unknown>): Coroutine<void> {
  try {
    yield* coroutine;
  } catch {
    return;
  }
  assert.fail('expected an error');
}

function* fired(): Coroutine<void> {
  yield* asyncWith(timeout(10), () => sleep(50));
}

for (const [name, waiting, turns] of others) {
  test(`${name}: ${turns}`, () => {
    assert.equal(
      turnsOf(function* (mark) {
        mark();
        yield* waiting();
      }),
      turns,
    );
  });
}

test('a timeout throws one turn after the one in which its timer fires', () => {
  const turns = turnsOf(function* (mark) {
    getRunningLoop().callLater(10, mark);
    yield* caught(fired());
  });
  assert.equal(turns, 1);
});

test('waitFor(done, 0) gives the result without suspending', () => {
  assert.equal(
    turnsWhenDone((f) => waitFor(f, 0)),
    0,
  );
});
