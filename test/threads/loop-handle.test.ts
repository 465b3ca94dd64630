import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import {
  CancelledError,
  createTask,
  Event,
  Future,
  getRunningLoop,
  loopHandle,
  type RemoteLoop,
  RuntimeError,
  run,
  sleep,
  toThread,
} from 'tsyncio';
import { thrown } from '../support/thrown.ts';

test('a thread calls functions of the loop’s thread, in order, and awaits coroutines there', () =>
  run(function* () {
    const seen: unknown[] = [];
    const calls = {
      note: (text: string) => void seen.push(text),
      *order(name: string) {
        yield* sleep(1);
        return `a beer for ${name}`;
      },
      plain: () => 7,
      promised: async () => 8,
    };
    const result = yield* toThread(async (loop: RemoteLoop<typeof calls>) => {
      loop.callSoonThreadsafe('note', 'first');
      loop.callSoonThreadsafe('note', 'second');
      const beer = await loop.runCoroutineThreadsafe('order', 'Ann');
      return [beer, await loop.runCoroutineThreadsafe('plain'), await loop.runCoroutineThreadsafe('promised')];
    }, loopHandle(calls));
    assert.deepEqual(result, ['a beer for Ann', 7, 8]);
    assert.deepEqual(seen, ['first', 'second']);
  }));

test('errors cross with their class and code; an unknown name and what cannot be cloned are errors too', () =>
  run(function* () {
    const calls = {
      *fail(): Generator<never, void> {
        throw Object.assign(new RangeError('no'), { code: 'ENO' });
      },
      uncloneable: () => () => 1,
    };
    const result = yield* toThread(async (loop: RemoteLoop<typeof calls>) => {
      const texts: string[] = [];
      for (const name of ['fail', 'uncloneable', 'unknown'] as 'fail'[]) {
        await loop.runCoroutineThreadsafe(name).catch((error: NodeJS.ErrnoException) => {
          texts.push(`${error.name} ${error.code} ${error.message}`);
        });
      }
      return texts;
    }, loopHandle(calls));
    assert.equal(result[0], 'RangeError ENO no');
    assert.match(result[1]!, /^DataCloneError/);
    assert.match(result[2]!, /RuntimeError undefined the loop handle has no function unknown/);
  }));

test('an error of a function that nobody waits for goes to the exception handler', () =>
  run(function* () {
    const reported = new Future<string>();
    getRunningLoop().setExceptionHandler((_loop, context) => reported.setResult(String(context.exception)));
    yield* toThread(
      (loop: RemoteLoop<{ fail(): void }>) => loop.callSoonThreadsafe('fail'),
      loopHandle({
        fail: () => {
          throw new Error('nobody asked');
        },
      }),
    );
    assert.equal(yield* reported, 'Error: nobody asked');
  }));

test('cancelling the promise in the thread cancels the task in the loop', () =>
  run(function* () {
    const cancelled = new Future<string>();
    const calls = {
      *hang(): Generator<never, void> {
        try {
          yield* sleep(3_600_000) as unknown as Generator<never, void>;
        } catch (error) {
          cancelled.setResult(`${error}`);
          throw error;
        }
      },
      ping: () => 'pong',
    };
    const result = yield* toThread(async (loop: RemoteLoop<typeof calls>) => {
      const hanging = loop.runCoroutineThreadsafe('hang');
      // The answer to a later request says that the first one has begun.
      await loop.runCoroutineThreadsafe('ping');
      const first = hanging.cancel('enough');
      const name = await hanging.catch((error: Error) => error.name);
      return [first, hanging.cancel(), name];
    }, loopHandle(calls));
    assert.deepEqual(result, [true, false, 'CancelledError']);
    assert.equal(yield* cancelled, 'CancelledError: enough');
  }));

test('when the thread is terminated, what ran for it in the loop is cancelled', () =>
  run(function* () {
    const begun = new Event();
    const ended = new Future<boolean>();
    const calls = {
      *hang(): Generator<never, void> {
        begun.set();
        try {
          yield* sleep(3_600_000) as unknown as Generator<never, void>;
        } catch (error) {
          ended.setResult(error instanceof CancelledError);
          throw error;
        }
      },
    };
    const task = createTask(
      toThread((loop: RemoteLoop<typeof calls>) => loop.runCoroutineThreadsafe('hang'), loopHandle(calls)),
    );
    yield* begun.wait();
    task.cancel();
    assert.equal(yield* ended, true);
  }));

test('a handle is for one thread, and has a port for workers of one’s own', () =>
  run(function* () {
    const called = new Future<string>();
    const handle = loopHandle({ call: (text: string) => called.setResult(text) });
    const port = handle.takePort();
    assert.throws(() => handle.takePort(), RuntimeError);
    assert.ok((yield* thrown(toThread(() => 1, ...([handle] as unknown as [])))) instanceof RuntimeError);
    const file = new URL('../fixtures/loop-worker.cjs', import.meta.url);
    const worker = new Worker(file, { workerData: port, transferList: [port] });
    worker.on('error', (error) => called.setException(error));
    assert.equal(yield* called, 'from afar');
    const exited = new Future<number>();
    worker.on('exit', (code) => exited.setResult(code));
    assert.equal(yield* exited, 0);
    handle.close();
    handle.close();
  }));

test('bad input', () =>
  run(function* () {
    assert.throws(() => loopHandle({ a: 1 } as never), /a must be a function, got number 1/);
    assert.throws(() => loopHandle(undefined as never), TypeError);
    const result = yield* toThread(async (loop: RemoteLoop) => {
      loop.close();
      try {
        loop.callSoonThreadsafe('x');
        return 'nothing';
      } catch (error) {
        return String(error);
      }
    }, loopHandle({}));
    assert.match(result, /RuntimeError: the loop handle is closed/);
  }));
