import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type AsyncCoroutineGenerator,
  asyncGenerator,
  asyncIter,
  asyncIterate,
  collect,
  createTask,
  getRunningLoop,
  run,
  sleep,
} from 'tsyncio';
import { runVirtual } from 'tsyncio/testing';
import { thrown } from '../support/thrown.ts';

function upTo(count: number, log?: string[]): AsyncCoroutineGenerator<number> {
  return asyncGenerator<number>(function* (emit) {
    for (let i = 0; i < count; i += 1) {
      log?.push(`made ${i}`);
      yield* sleep(1);
      yield* emit(i);
    }
  });
}

test('collect gives all items in order', () => {
  runVirtual(function* () {
    assert.deepEqual(yield* collect(upTo(3)), [0, 1, 2]);
    assert.equal(getRunningLoop().time(), 3);
    assert.deepEqual(yield* collect(upTo(0)), []);
    assert.deepEqual(yield* collect([1, 2]), [1, 2]);
    assert.deepEqual(yield* collect(new Map([[1, 'a']])), [[1, 'a']]);
    assert.deepEqual(yield* collect('ab'), ['a', 'b']);
  });
});

test('nothing is taken before it is asked for, and no more than is needed', () => {
  runVirtual(function* () {
    const log: string[] = [];
    const pipeline = asyncIter(upTo(100, log))
      .map((n) => n * 10)
      .filter((n) => n % 20 === 0)
      .take(2);
    assert.deepEqual(log, []);
    assert.deepEqual(yield* collect(pipeline), [0, 20]);
    assert.deepEqual(log, ['made 0', 'made 1', 'made 2']);
  });
});

test('coroutine functions are awaited, one item after the other', () => {
  runVirtual(function* () {
    const result = yield* asyncIter([1, 2, 3])
      .map(function* (n, index) {
        yield* sleep(10);
        return `${index}:${n}`;
      })
      .filter(function* (text) {
        yield* sleep(1);
        return text !== '1:2';
      })
      .collect();
    assert.deepEqual(result, ['0:1', '2:3']);
    assert.equal(getRunningLoop().time(), 33);
  });
});

test('take and drop, takeWhile and dropWhile', () => {
  runVirtual(function* () {
    const iter = asyncIter([0, 1, 2, 3, 1]);
    assert.deepEqual(yield* iter.take(0).collect(), []);
    assert.deepEqual(yield* iter.take(9).collect(), [0, 1, 2, 3, 1]);
    assert.deepEqual(yield* iter.drop(3).collect(), [3, 1]);
    assert.deepEqual(yield* iter.drop(9).collect(), []);
    assert.deepEqual(yield* iter.takeWhile((n) => n < 2).collect(), [0, 1]);
    assert.deepEqual(yield* iter.dropWhile((n) => n < 2).collect(), [2, 3, 1]);
    assert.deepEqual(yield* iter.drop(1).take(2).collect(), [1, 2]);
  });
});

test('take leaves a generator open, where it can be used again', () => {
  runVirtual(function* () {
    const generator = upTo(5);
    assert.deepEqual(yield* asyncIter(generator).take(2).collect(), [0, 1]);
    assert.deepEqual(yield* asyncIter(generator).take(2).collect(), [2, 3]);
    yield* generator.aclose();
  });
});

test('flatMap, enumerate, zip, concat', () => {
  runVirtual(function* () {
    assert.deepEqual(
      yield* asyncIter([1, 2, 0, 3])
        .flatMap((n) => upTo(n))
        .collect(),
      [0, 0, 1, 0, 1, 2],
    );
    assert.deepEqual(
      yield* asyncIter(['a', 'b'])
        .flatMap(function* (text) {
          yield* sleep(1);
          return [text, text];
        })
        .collect(),
      ['a', 'a', 'b', 'b'],
    );
    assert.deepEqual(yield* asyncIter(['a', 'b']).enumerate(1).collect(), [
      [1, 'a'],
      [2, 'b'],
    ]);
    assert.deepEqual(yield* asyncIter(upTo(5)).zip('ab', [true, false, true]).collect(), [
      [0, 'a', true],
      [1, 'b', false],
    ]);
    assert.deepEqual(yield* asyncIter([]).zip([1]).collect(), []);
    assert.deepEqual(yield* asyncIter([1]).concat(upTo(2), ['x']).collect(), [1, 0, 1, 'x']);
  });
});

test('zip stops asking once one has ended', () => {
  runVirtual(function* () {
    const longer = upTo(5);
    const zipped = asyncIter([1]).zip(longer)[asyncIterate]();
    assert.deepEqual(yield* zipped.next(), { value: [1, 0], done: false });
    assert.equal((yield* zipped.next()).done, true);
    assert.equal((yield* zipped.next()).done, true);
    assert.deepEqual(yield* longer.next(), { value: 1, done: false });
    yield* longer.aclose();
  });
});

test('forEach and reduce', () => {
  runVirtual(function* () {
    const seen: [number, number][] = [];
    yield* asyncIter(upTo(2)).forEach((item, index) => void seen.push([item, index]));
    assert.deepEqual(seen, [
      [0, 0],
      [1, 1],
    ]);
    const sum = asyncIter(upTo(4)).reduce(function* (total, n) {
      yield* sleep(1);
      return total + n;
    }, 100);
    assert.equal(yield* sum, 106);
  });
});

test('over an array it can be walked over again', () => {
  runVirtual(function* () {
    const doubled = asyncIter([1, 2]).map((n) => 2 * n);
    assert.deepEqual(yield* doubled.collect(), [2, 4]);
    assert.deepEqual(yield* doubled.collect(), [2, 4]);
  });
});

test('errors of the source, of functions and cancels come through', () => {
  runVirtual(function* () {
    const failing = asyncGenerator<number>(function* (emit) {
      yield* emit(1);
      throw new Error('source');
    });
    assert.equal((yield* thrown(collect(failing))).message, 'source');
    const map = asyncIter([1]).map(() => {
      throw new Error('function');
    });
    assert.equal((yield* thrown(map.collect())).message, 'function');
    const task = createTask(collect(upTo(100)));
    yield* sleep(5);
    task.cancel('enough');
    assert.equal((yield* thrown(task[Symbol.iterator]())).message, 'enough');
  });
});

test('native asynchronous iterables, closed when left early', async () => {
  const log: string[] = [];
  async function* native() {
    try {
      for (let i = 0; ; i += 1) yield i;
    } finally {
      log.push('closed');
    }
  }
  await run(function* () {
    assert.deepEqual(
      yield* asyncIter(native())
        .map((n) => n + 1)
        .take(3)
        .collect(),
      [1, 2, 3],
    );
    assert.deepEqual(log, ['closed']);
    assert.deepEqual(
      yield* asyncIter(native())
        .takeWhile((n) => n < 2)
        .collect(),
      [0, 1],
    );
    assert.deepEqual(yield* asyncIter([7, 8]).zip(native()).collect(), [
      [7, 0],
      [8, 1],
    ]);
    assert.deepEqual(
      yield* asyncIter([1])
        .flatMap(() => native())
        .take(2)
        .collect(),
      [0, 1],
    );
    assert.deepEqual(log, ['closed', 'closed', 'closed', 'closed']);
    const failing = (async function* () {
      yield 1;
      throw new Error('native');
    })();
    assert.equal((yield* thrown(collect(failing))).message, 'native');
  });
});

test('bad input', () => {
  runVirtual(function* () {
    for (const bad of [1, undefined, null, {}, sleep(0), createTask(sleep(0))]) {
      assert.throws(() => asyncIter(bad as never), TypeError);
      assert.ok((yield* thrown(collect(bad as never))) instanceof TypeError);
    }
    const iter = asyncIter([1]);
    assert.throws(() => iter.take(-1), RangeError);
    assert.throws(() => iter.take(1.5), TypeError);
    assert.throws(() => iter.drop('1' as never), TypeError);
    assert.throws(() => iter.map(1 as never), TypeError);
    assert.throws(() => iter.zip(1 as never), TypeError);
    assert.throws(() => iter.concat(1 as never), TypeError);
    assert.ok((yield* thrown(iter.flatMap(() => 1).collect())) instanceof TypeError);
  });
});
