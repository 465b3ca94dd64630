import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import {
  asyncWith,
  CancelledError,
  type Coroutine,
  cancelOn,
  createTask,
  currentTask,
  Event,
  Runner,
  run,
  sleep,
  taskSignal,
  timeout,
} from 'tsyncio';
import { runVirtual } from 'tsyncio/testing';
import { outcome } from '../support/collect-errors.ts';

const listeners = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length;

test('the body is cancelled, and leaves with the reason; the task goes on', () => {
  const controller = new AbortController();
  const { signal } = controller;
  const log: unknown[] = [];
  runVirtual(function* () {
    const task = currentTask()!;
    function* serve(): Coroutine<void> {
      assert.equal(listeners(signal), 1);
      try {
        yield* new Event().wait();
      } catch (error) {
        log.push(error instanceof CancelledError);
        throw error;
      } finally {
        yield* sleep(1);
        log.push('cleaned up');
      }
    }
    createTask(
      (function* () {
        yield* sleep(5);
        controller.abort(new RangeError('enough'));
      })(),
    );
    log.push(yield* outcome(asyncWith(cancelOn(signal), serve())));
    assert.equal(task.cancelling(), 0);
    yield* sleep(1);
  });
  assert.deepEqual(log, [true, 'cleaned up', 'RangeError: enough']);
  assert.equal(listeners(signal), 0);
});

test('without a reason: AbortError, as from fetch', () => {
  const controller = new AbortController();
  runVirtual(function* () {
    createTask(
      (function* () {
        controller.abort();
      })(),
    );
    assert.match(String(yield* outcome(asyncWith(cancelOn(controller.signal), sleep(10)))), /^AbortError: /);
  });
});

test('the result, the error, and no listener left', () => {
  const { signal } = new AbortController();
  runVirtual(function* () {
    assert.equal(yield* asyncWith(cancelOn(signal), sleep(1, 'beer')), 'beer');
    const failing = asyncWith(cancelOn(signal), function* (): Coroutine<void> {
      yield* sleep(1);
      throw new RangeError('no');
    });
    assert.equal(yield* outcome(failing), 'RangeError: no');
    const task = createTask(asyncWith(cancelOn(signal), sleep(10)));
    yield* sleep(1);
    task.cancel('from outside');
    assert.equal(yield* outcome(task), 'CancelledError: from outside');
  });
  assert.equal(listeners(signal), 0);
});

test('aborted already: the body does not begin', () => {
  runVirtual(function* () {
    let begun = false;
    const late = asyncWith(cancelOn(AbortSignal.abort(new RangeError('before'))), function* () {
      begun = true;
    });
    assert.equal(yield* outcome(late), 'RangeError: before');
    assert.equal(begun, false);
  });
});

test('a cancel from outside goes before the signal', () => {
  const controller = new AbortController();
  runVirtual(function* () {
    const task = createTask(asyncWith(cancelOn(controller.signal), sleep(10)));
    yield* sleep(1);
    task.cancel('from outside');
    controller.abort();
    assert.equal(yield* outcome(task), 'CancelledError: from outside');
  });
});

test('a swallowed cancel gives what the body returns', () => {
  const controller = new AbortController();
  runVirtual(function* () {
    const stubborn = asyncWith(cancelOn(controller.signal), function* () {
      try {
        controller.abort();
        yield* sleep(10);
      } catch {
        return 'not me';
      }
      return 'never';
    });
    assert.equal(yield* stubborn, 'not me');
    assert.equal(currentTask()!.cancelling(), 0);
  });
});

test('nested in a timeout and around one; a signal of another task', () => {
  runVirtual(function* () {
    const { signal } = new AbortController();
    const inner = asyncWith(timeout(1), asyncWith(cancelOn(signal), sleep(10)));
    assert.match(String(yield* outcome(inner)), /^TimeoutError/);
    assert.match(
      String(yield* outcome(asyncWith(cancelOn(signal), asyncWith(timeout(1), sleep(10))))),
      /^TimeoutError/,
    );
    assert.equal(listeners(signal), 0);
    const outer = taskSignal();
    const follower = createTask(asyncWith(cancelOn(outer), sleep(1_000_000)));
    assert.match(String(yield* outcome(asyncWith(timeout(1), sleep(10)))), /^TimeoutError/);
    assert.equal(yield* outcome(follower), 'CancelledError');
    assert.equal(listeners(outer), 0);
  });
});

test('entered once, in a task, with a signal', async () => {
  assert.throws(() => cancelOn(undefined as never), {
    name: 'TypeError',
    message: /expects an AbortSignal, got undefined/,
  });
  assert.throws(() => cancelOn(5 as never), TypeError);
  const { signal } = new AbortController();
  assert.throws(() => cancelOn(signal).enter(), /no running event loop/);
  await run(function* () {
    const scope = cancelOn(signal);
    yield* asyncWith(scope, sleep(0));
    assert.equal(yield* outcome(asyncWith(scope, sleep(0))), 'RuntimeError: cancelOn has already been entered');
  });
});

test('run({ signal }) cancels main, waits for its cleanup and rejects with the reason', async () => {
  const controller = new AbortController();
  const log: string[] = [];
  const running = run(
    function* () {
      try {
        controller.abort(new RangeError('enough'));
        yield* new Event().wait();
      } finally {
        yield* sleep(1);
        log.push('cleaned up');
      }
    },
    { signal: controller.signal },
  );
  await assert.rejects(running, { name: 'RangeError', message: 'enough' });
  assert.deepEqual(log, ['cleaned up']);
  assert.equal(listeners(controller.signal), 0);
});

test('run({ signal }): aborted from a timer of Node; the default reasons', async () => {
  await assert.rejects(run(sleep(1_000_000), { signal: AbortSignal.timeout(1) }), { name: 'TimeoutError' });
  const controller = new AbortController();
  setImmediate(() => controller.abort());
  await assert.rejects(run(sleep(1_000_000), { signal: controller.signal }), { name: 'AbortError' });
});

test('run({ signal }): a result, an error or a cancel of its own is kept', async () => {
  const { signal } = new AbortController();
  assert.equal(await run(sleep(1, 'beer'), { signal }), 'beer');
  const controller = new AbortController();
  const stubborn = run(
    function* () {
      try {
        controller.abort();
        yield* sleep(10);
      } catch {
        return 'not me';
      }
      return 'never';
    },
    { signal: controller.signal },
  );
  assert.equal(await stubborn, 'not me');
  const cancelled = run(
    function* () {
      currentTask()!.cancel('by myself');
      yield* sleep(1);
    },
    { signal },
  );
  await assert.rejects(cancelled, { name: 'CancelledError', message: 'by myself' });
  assert.equal(listeners(signal), 0);
});

test('run({ signal }): aborted already, main does not begin; what is no signal is refused', async () => {
  let begun = false;
  const main = function* (): Coroutine<void> {
    begun = true;
  };
  const signal = AbortSignal.abort(new RangeError('before'));
  await assert.rejects(run(main, { signal }), { message: 'before' });
  await assert.rejects(run(main(), { signal }), { message: 'before' });
  assert.equal(begun, false);
  await assert.rejects(run(main, { signal: {} as never }), TypeError);
});

test('Runner.run({ signal }): one run is cancelled, the next is not', async () => {
  const runner = new Runner();
  await assert.rejects(runner.run(sleep(1_000_000), { signal: AbortSignal.timeout(1) }), { name: 'TimeoutError' });
  assert.equal(await runner.run(sleep(1, 'beer')), 'beer');
  await runner.close();
});
