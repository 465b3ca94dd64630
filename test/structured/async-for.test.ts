import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asyncFor, asyncIterate, BREAK, type Coroutine, run, sleep } from 'tsyncio';
import { runVirtual } from 'tsyncio/testing';

function countTo(limit: number) {
  let count = 0;
  return {
    [asyncIterate]: () => ({
      *next(): Coroutine<IteratorResult<number, undefined>> {
        yield* sleep(1);
        count += 1;
        return count > limit ? { value: undefined, done: true } : { value: count, done: false };
      },
    }),
  };
}

test('the body runs for each value, in order', () => {
  const seen: number[] = [];
  runVirtual(function* () {
    yield* asyncFor(countTo(3), function* (value) {
      yield* sleep(1);
      seen.push(value);
    });
  });
  assert.deepEqual(seen, [1, 2, 3]);
});

test('BREAK leaves the loop, other values do not', () => {
  const seen: number[] = [];
  runVirtual(function* () {
    yield* asyncFor(countTo(5), function* (value) {
      seen.push(value);
      if (value === 2) return BREAK;
      return undefined;
    });
  });
  assert.deepEqual(seen, [1, 2]);
});

test('a native async generator is walked over, and closed when left early', async () => {
  let closed = false;
  async function* native() {
    try {
      yield 1;
      yield 2;
    } finally {
      closed = true;
    }
  }
  const seen: number[] = [];
  await run(function* () {
    yield* asyncFor(native(), function* (value) {
      seen.push(value);
      return BREAK;
    });
  });
  assert.deepEqual([seen, closed], [[1], true]);
});

test('what cannot be walked over is refused', () => {
  assert.throws(() => runVirtual(asyncFor([1, 2] as never, function* () {})), /asynchronous iterable/);
  assert.throws(() => runVirtual(asyncFor(countTo(1), (() => 1) as never)), /must be a function\*/);
});
