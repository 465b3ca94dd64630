import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asyncGenerator, run, sleep, toAsyncIterable, wrapFuture } from 'tsyncio';

test('async functions walk over coroutine generators with for await', async () => {
  await run(function* () {
    const native = toAsyncIterable(
      asyncGenerator(function* (emit) {
        for (let i = 0; i < 3; i += 1) {
          yield* sleep(0);
          yield* emit(i);
        }
      }),
    );
    const items: number[] = [];
    yield* wrapFuture(
      (async () => {
        for await (const item of native) items.push(item);
      })(),
    );
    assert.deepEqual(items, [0, 1, 2]);
  });
});

test('leaving the loop early closes the generator', async () => {
  const log: string[] = [];
  await run(function* () {
    const native = toAsyncIterable(
      asyncGenerator(function* (emit) {
        try {
          for (;;) yield* emit('item');
        } finally {
          yield* sleep(0);
          log.push('closed');
        }
      }),
    );
    yield* wrapFuture(
      (async () => {
        for await (const item of native) {
          log.push(item);
          break;
        }
      })(),
    );
    assert.deepEqual(log, ['item', 'closed']);
  });
});

test('an error rejects', async () => {
  await run(function* () {
    const native = toAsyncIterable(
      asyncGenerator(function* () {
        yield* sleep(0);
        throw new Error('source');
      }),
    );
    yield* wrapFuture(assert.rejects(Promise.resolve(native.next()), /source/));
  });
});

test('bad input, and no loop', async () => {
  await run(function* () {
    assert.throws(() => toAsyncIterable([1] as never), TypeError);
  });
  assert.throws(() => toAsyncIterable(asyncGenerator(function* () {})), /no running event loop/);
});
