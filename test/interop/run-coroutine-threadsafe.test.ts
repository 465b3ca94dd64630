import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CancelledError,
  type Coroutine,
  Event,
  type EventLoop,
  newEventLoop,
  RuntimeError,
  runCoroutineThreadsafe,
  sleep,
} from 'tsyncio';

/** Runs `use` as ordinary code beside a running loop. */
async function beside(use: (loop: EventLoop, reports: string[]) => Promise<void>): Promise<void> {
  const loop = newEventLoop();
  const reports: string[] = [];
  loop.setExceptionHandler((_loop, context) => void reports.push(context.message));
  const running = loop.runForever();
  try {
    await use(loop, reports);
  } finally {
    loop.stop();
    await running;
    loop.close();
  }
}

function* serve(customer: string): Coroutine<string> {
  yield* sleep(1);
  return `${customer} is served`;
}

/** A coroutine that waits for ever, and what became of it. */
function waiting(): { coroutine: Coroutine<void>; started: Promise<void>; ended: Promise<unknown> } {
  let start!: () => void;
  let end!: (error: unknown) => void;
  const started = new Promise<void>((resolve) => (start = resolve));
  const ended = new Promise<unknown>((resolve) => (end = resolve));
  function* wait(): Coroutine<void> {
    start();
    try {
      yield* new Event().wait();
    } catch (error) {
      end(error);
      throw error;
    }
  }
  return { coroutine: wait(), started, ended };
}

test('gives a promise of the result', () =>
  beside(async (loop) => {
    const both = [runCoroutineThreadsafe(serve('Ann'), loop), runCoroutineThreadsafe(serve('Bob'), loop)];
    assert.deepEqual(await Promise.all(both), ['Ann is served', 'Bob is served']);
    assert.equal(both[0]!.cancel(), false);
  }));

test('rejects with what the coroutine throws, and reports nothing', () =>
  beside(async (loop, reports) => {
    function* fail(): Coroutine<never> {
      yield* sleep(0);
      throw new RangeError('no more beer');
    }
    await assert.rejects(runCoroutineThreadsafe(fail(), loop), { name: 'RangeError', message: 'no more beer' });
    assert.deepEqual(reports, []);
  }));

test('cancel rejects at once and cancels the task', () =>
  beside(async (loop) => {
    const { coroutine, started, ended } = waiting();
    const promise = runCoroutineThreadsafe(coroutine, loop);
    await started;
    assert.equal(promise.cancel('closing time'), true);
    assert.equal(promise.cancel(), false);
    await assert.rejects(promise, { name: 'CancelledError', message: 'closing time' });
    assert.ok((await ended) instanceof CancelledError);
  }));

test('a coroutine cancelled before it came to run never runs', () =>
  beside(async (loop, reports) => {
    let ran = false;
    function* never(): Coroutine<void> {
      ran = true;
      yield* sleep(0);
    }
    const promise = runCoroutineThreadsafe(never(), loop);
    promise.cancel();
    await assert.rejects(promise, CancelledError);
    await runCoroutineThreadsafe(serve('Ann'), loop);
    assert.equal(ran, false);
    assert.deepEqual(reports, []);
  }));

test('an abort of the signal cancels, also one that came before', () =>
  beside(async (loop) => {
    const { coroutine, started, ended } = waiting();
    const controller = new AbortController();
    const promise = runCoroutineThreadsafe(coroutine, loop, { signal: controller.signal });
    await started;
    controller.abort(new Error('the bar closes'));
    await assert.rejects(promise, { name: 'CancelledError', message: 'the bar closes' });
    assert.ok((await ended) instanceof CancelledError);
    const late = runCoroutineThreadsafe(serve('Ann'), loop, { signal: controller.signal });
    await assert.rejects(late, CancelledError);
  }));

test('a task cancelled from the inside rejects with CancelledError', () =>
  beside(async (loop) => {
    function* leave(): Coroutine<never> {
      yield* sleep(0);
      throw new CancelledError('gone');
    }
    await assert.rejects(runCoroutineThreadsafe(leave(), loop), { name: 'CancelledError', message: 'gone' });
  }));

test('wakes a loop that sleeps', () =>
  beside(async (loop) => {
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    assert.equal(await runCoroutineThreadsafe(serve('Ann'), loop), 'Ann is served');
  }));

test('what is no coroutine: TypeError; a closed loop: RuntimeError', () => {
  const loop = newEventLoop();
  assert.throws(() => runCoroutineThreadsafe(Promise.resolve(1), loop), TypeError);
  assert.throws(() => runCoroutineThreadsafe(serve as never, loop), TypeError);
  loop.close();
  assert.throws(() => runCoroutineThreadsafe(serve('Ann'), loop), RuntimeError);
});
