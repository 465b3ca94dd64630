import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type TimerEntry, TimerHeap } from '../../src/core/timer-heap.ts';

class Entry implements TimerEntry {
  readonly deadline: number;
  readonly made: number;
  _timerFlags = 0;

  constructor(deadline: number, made: number) {
    this.deadline = deadline;
    this.made = made;
  }

  run(): void {}
}

/** A generator of numbers in [0, 1) that gives the same ones each time (a linear congruence). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

const byDeadline = (a: Entry, b: Entry): number => a.deadline - b.deadline || a.made - b.made;

/** Pushes, drops and pops as chance will have it, beside a plain list that is sorted each time. */
function compareWithList(seed: number, dropRate: number): void {
  const random = numbers(seed);
  const heap = new TimerHeap();
  let model: Entry[] = [];
  for (let made = 0; made < 2_000; made += 1) {
    // Few different deadlines, so that many are equal.
    const entry = new Entry(Math.floor(random() * 50), made);
    heap.push(entry, entry.deadline);
    model.push(entry);
    if (random() < dropRate) {
      const victim = model[Math.floor(random() * model.length)]!;
      heap.drop(victim);
      model = model.filter((one) => one !== victim);
    }
    if (random() < 0.3) {
      const now = Math.floor(random() * 20);
      model.sort(byDeadline);
      const expected = model[0] !== undefined && model[0].deadline <= now ? model.shift() : undefined;
      assert.equal(heap.popDue(now), expected);
    }
    assert.equal(heap.pending, model.length);
  }
  model.sort(byDeadline);
  for (const expected of model) {
    const found = heap.popDue(Number.POSITIVE_INFINITY);
    assert.equal(found, expected);
    assert.equal(found?._timerFlags, 0);
  }
  assert.equal(heap.popDue(Number.POSITIVE_INFINITY), undefined);
}

for (const dropRate of [0, 0.2, 0.9]) {
  test(`timers come by deadline, equal ones as they were made; ${dropRate * 100} % dropped`, () => {
    for (let seed = 1; seed <= 5; seed += 1) compareWithList(seed, dropRate);
  });
}

test('a cleared heap can be used again', () => {
  const heap = new TimerHeap();
  const entries = Array.from({ length: 300 }, (_, i) => new Entry(i % 7, i));
  for (const entry of entries) heap.push(entry, entry.deadline);
  for (let i = 0; i < 100; i += 1) heap.popDue(10);
  heap.clear();
  assert.equal(heap.next(), undefined);
  assert.ok(entries.every((entry) => entry._timerFlags === 0));
  for (const entry of entries) heap.push(entry, entry.deadline);
  const order = entries.map(() => heap.popDue(10));
  assert.deepEqual(order, [...entries].sort(byDeadline));
});

test('what was dropped does not fill the heap', () => {
  const heap = new TimerHeap();
  for (let i = 0; i < 10_000; i += 1) {
    const entry = new Entry(i, i);
    heap.push(entry, entry.deadline);
    heap.drop(entry);
  }
  assert.ok(heap.size <= 200, `${heap.size} entries are left`);
  assert.equal(heap.pending, 0);
});
