import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Coroutine, Event, type ExceptionContext, Lock, Queue, Semaphore } from 'tsyncio';
import { runVirtual } from 'tsyncio/testing';

test('debug mode reports what was called without yield*', () => {
  const messages: string[] = [];
  const exceptionHandler = (_loop: unknown, context: ExceptionContext): void => void messages.push(context.message);
  runVirtual(
    function* (): Coroutine<void> {
      const queue = new Queue<number>();
      new Lock().acquire();
      new Semaphore().acquire();
      new Event().wait();
      queue.get();
      queue.put(1);
      yield* queue.put(2);
      assert.equal(yield* queue.get(), 2);
      const hold = yield* new Lock().acquire();
      assert.equal(hold.held, true);
    },
    { debug: true, exceptionHandler },
  );
  assert.deepEqual(
    messages,
    ['Lock.acquire', 'Semaphore.acquire', 'Event.wait', 'Queue.get', 'Queue.put'].map(
      (name) => `coroutine '${name}' was never awaited`,
    ),
  );
});
