import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createTask, LifoQueue, PriorityQueue, Queue } from 'tsyncio';
import { runVirtual } from 'tsyncio/testing';
import { turns } from './helpers.ts';

function drain<T>(queue: Queue<T>): T[] {
  const items: T[] = [];
  while (!queue.empty()) items.push(queue.getNowait());
  return items;
}

test('LifoQueue gives the youngest first, and is a Queue', () => {
  const queue = new LifoQueue<number>();
  for (const item of [1, 2, 3]) queue.putNowait(item);
  assert.deepEqual(drain(queue), [3, 2, 1]);
  assert.ok(queue instanceof Queue);
  assert.match(String(queue), /^<LifoQueue /);
});

test('PriorityQueue sorts any mixture of puts and gets', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.integer(), { freq: 3 })), (steps) => {
      const queue = new PriorityQueue<number>();
      const model: number[] = [];
      for (const step of steps) {
        if (step !== null) {
          queue.putNowait(step);
          model.push(step);
          model.sort((a, b) => a - b);
        } else if (model.length > 0) {
          assert.equal(queue.getNowait(), model.shift());
        }
      }
      assert.deepEqual(drain(queue), model);
    }),
  );
});

test('equal items come out as from heapq', () => {
  const queue = new PriorityQueue<[number, string]>(0, { compare: (a, b) => a[0] - b[0] });
  for (const name of 'abcdefgh') queue.putNowait([1, name]);
  // Observed: heapq of eight objects whose __lt__ says that they are equal.
  assert.equal(
    drain(queue)
      .map(([, name]) => name)
      .join(''),
    'acgfhebd',
  );
});

test('arrays are ordered item by item, and not as text', () => {
  const queue = new PriorityQueue<[number, string]>();
  for (const item of [
    [10, 'a'],
    [9, 'b'],
    [9, 'a'],
    [100, 'c'],
  ] as [number, string][])
    queue.putNowait(item);
  assert.deepEqual(drain(queue), [
    [9, 'a'],
    [9, 'b'],
    [10, 'a'],
    [100, 'c'],
  ]);
});

test('the getter takes the smallest when it runs', () => {
  runVirtual(function* () {
    const queue = new PriorityQueue<number>();
    const getter = createTask(queue.get());
    yield* turns(1);
    queue.putNowait(5);
    queue.putNowait(3);
    assert.equal(yield* getter, 3);
  });
});

test('what has no order is a TypeError, and leaves the queue as it was', () => {
  const queue = new PriorityQueue<unknown>();
  queue.putNowait({ urgency: 1 });
  assert.throws(() => queue.putNowait({ urgency: 2 }), /give it \{ compare \}/);
  assert.equal(queue.qsize(), 1);
  const numbers = new PriorityQueue<number>();
  numbers.putNowait(1);
  assert.throws(() => numbers.putNowait(Number.NaN), TypeError);
  assert.throws(() => new PriorityQueue(0, { compare: 1 as never }), TypeError);
});

test('dates, strings and big integers have an order', () => {
  const dates = new PriorityQueue<Date>();
  for (const ms of [2, 1, 2, 0]) dates.putNowait(new Date(ms));
  assert.deepEqual(drain(dates).map(Number), [0, 1, 2, 2]);
  const strings = new PriorityQueue<string>();
  for (const item of ['b', 'a']) strings.putNowait(item);
  assert.deepEqual(drain(strings), ['a', 'b']);
  const big = new PriorityQueue<bigint>();
  for (const item of [2n, 1n, 1n]) big.putNowait(item);
  assert.deepEqual(drain(big), [1n, 1n, 2n]);
});

test('what is of two kinds has no order, whatever < makes of it', () => {
  for (const [first, second] of [
    ['10', 9],
    ['beer', 5],
    [[5], 6],
    [
      [1, '2'],
      [1, 3],
    ],
    [new Date(5), '6'],
  ]) {
    const queue = new PriorityQueue<unknown>();
    queue.putNowait(first);
    assert.throws(() => queue.putNowait(second), { name: 'TypeError', message: /^PriorityQueue cannot order/ });
    assert.equal(queue.getNowait(), first);
  }
  const numbers = new PriorityQueue<unknown>();
  for (const item of [2n, 1.5, true, new Date(3)]) numbers.putNowait(item);
  assert.deepEqual([numbers.getNowait(), numbers.getNowait(), numbers.getNowait()], [true, 1.5, 2n]);
});
