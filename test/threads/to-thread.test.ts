import assert from 'node:assert/strict';
import { test } from 'node:test';
import { threadId } from 'node:worker_threads';
import {
  CancelledError,
  type Coroutine,
  createTask,
  type Executor,
  gather,
  getRunningLoop,
  RuntimeError,
  run,
  ThreadPoolExecutor,
  toThread,
  transfer,
  WorkerError,
} from 'tsyncio';
import { runVirtual } from 'tsyncio/testing';
import { awaiting } from '../support/collect-errors.ts';
import { thrown } from '../support/thrown.ts';

const FIXTURE = new URL('../fixtures/thread-work.ts', import.meta.url);
/** How many threads a process runs is its business: what it says of its own. */
const here = threadId;

test('a function runs in another thread and gives its result', () =>
  run(function* () {
    const add = (a: number, b: number): number => a + b;
    assert.equal(yield* toThread(add, 2, 3), 5);
    const there = yield* toThread(async () => {
      const { threadId } = await import('node:worker_threads');
      return threadId;
    });
    assert.notEqual(there, here);
  }));

test('functions of every form are understood', () =>
  run(function* () {
    const holder = {
      method(x: number) {
        return x + 1;
      },
      async later(x: number) {
        return x + 2;
      },
      arrow: (x: number) => ({ x }),
    };
    const inner = (list: number[]) => {
      const twice = (x: number) => x * 2;
      return list.map(twice);
    };
    const all = gather([
      toThread(holder.method, 1),
      toThread(holder.later, 1),
      toThread(holder.arrow, 1),
      toThread(inner, [1, 2]),
      toThread(function named(x: number) {
        return x * 10;
      }, 1),
    ]);
    assert.deepEqual(yield* all, [2, 3, { x: 1 }, [2, 4], 10]);
  }));

test('a module reference calls an export, the default one without a name', () =>
  run(function* () {
    assert.equal(yield* toThread({ module: FIXTURE, name: 'triple' }, 5), 15);
    assert.notEqual(yield* toThread({ module: FIXTURE.pathname }), here);
    const common = new URL('../fixtures/thread-work.cjs', import.meta.url);
    assert.equal(yield* toThread({ module: common, name: 'square' }, 5), 25);
    const wrong = yield* thrown(toThread({ module: FIXTURE, name: 'notAFunction' }));
    assert.match(`${wrong}`, /TypeError: .*should export a function notAFunction, it has number 42/);
    const missing = yield* thrown(toThread({ module: new URL('./none.ts', FIXTURE) }));
    assert.match(missing.message, /none/);
  }));

test('what cannot be sent is refused with a TypeError that says why', () =>
  run(function* () {
    const refused: [unknown, RegExp][] = [
      [Math.max, /function max is built in or bound/],
      [(() => 1).bind(undefined), /built in or bound/],
      [class Bar {}, /got the class Bar/],
      [function* serve() {}, /the coroutine function serve/],
      [42, /required, got number 42/],
      [{ module: './work.ts' }, /is relative, but to what/],
    ];
    for (const [work, message] of refused) {
      const error = yield* thrown(toThread(work as () => void));
      assert.ok(error instanceof TypeError);
      assert.match(error.message, message);
    }
  }));

test('a function that throws: the error comes with name, message, code, cause and its own stack', () =>
  run(function* () {
    const error = yield* thrown(
      toThread(() => {
        throw Object.assign(new RangeError('too much', { cause: new Error('thirst') }), { code: 'EBEER', fn: () => 1 });
      }),
    );
    assert.ok(error instanceof RangeError);
    assert.equal(error.message, 'too much');
    assert.equal((error as NodeJS.ErrnoException).code, 'EBEER');
    assert.equal((error.cause as Error).message, 'thirst');
    assert.match(error.stack!, /too much\n +at /);
    assert.ok(!('fn' in error));
  }));

test('a name from outside is a ReferenceError that tells how functions are sent', () =>
  run(function* () {
    const error = yield* thrown(toThread(() => FIXTURE.href));
    assert.ok(error instanceof ReferenceError);
    assert.match(error.message, /FIXTURE is not defined \(a function goes to a thread by its source/);
  }));

test('buffers are moved by transfer, both ways', () =>
  run(function* () {
    const bytes = new Uint8Array(1_000_000).fill(1);
    const back = yield* toThread((given: Uint8Array) => {
      given[0] = 9;
      return transfer(given);
    }, transfer(bytes));
    assert.equal(bytes.length, 0);
    assert.equal(back.length, 1_000_000);
    assert.deepEqual([back[0], back[1]], [9, 1]);
    const filled = (yield* toThread({ module: FIXTURE, name: 'filled' }, 3)) as Uint8Array;
    assert.deepEqual([...filled], [7, 7, 7]);
    assert.throws(() => transfer('text'), TypeError);
  }));

test('what cannot be copied is a DataCloneError, as an argument and as a result', () =>
  run(function* () {
    const argument = yield* thrown(
      toThread(
        (fn: () => void) => fn,
        () => {},
      ),
    );
    assert.equal(argument.name, 'DataCloneError');
    const result = yield* thrown(toThread(() => () => 1));
    assert.equal(result.name, 'DataCloneError');
    assert.equal(yield* toThread(() => 1), 1);
  }));

test('a thread that dies is a WorkerError, and the next function gets another', () =>
  run(function* () {
    const error = yield* thrown(toThread(() => process.exit(3)));
    assert.ok(error instanceof WorkerError);
    assert.match(error.message, /ended before the function did: worker exited with code: 3/);
    const uncaught = yield* thrown(
      toThread(async () => {
        setTimeout(() => {
          throw new Error('out of nowhere');
        });
        await new Promise(() => {});
      }),
    );
    assert.ok(uncaught instanceof WorkerError);
    assert.match(uncaught.message, /out of nowhere/);
    assert.equal(yield* toThread(() => 1), 1);
  }));

test('cancelling ends a function that would never end, and those that queue behind it go on', () =>
  run(function* () {
    const executor = new ThreadPoolExecutor({ maxWorkers: 1 });
    const loop = getRunningLoop();
    loop.setDefaultExecutor(executor);
    const started = new SharedArrayBuffer(4);
    const task = createTask(
      toThread((flag: SharedArrayBuffer) => {
        Atomics.store(new Int32Array(flag), 0, 1);
        Atomics.notify(new Int32Array(flag), 0);
        for (;;);
      }, started),
    );
    const behind = loop.runInExecutor(undefined, () => 'next');
    const queued = loop.runInExecutor(undefined, () => 'never');
    queued.cancel();
    yield* toStart(started);
    task.cancel();
    assert.ok((yield* thrown(awaiting(task))) instanceof CancelledError);
    assert.equal(yield* behind, 'next');
  }));

/** Waits in a thread of its own until the flag is set. */
function* toStart(flag: SharedArrayBuffer): Coroutine<void> {
  const watcher = new ThreadPoolExecutor({ maxWorkers: 1 });
  const loop = getRunningLoop();
  yield* loop.runInExecutor(
    watcher,
    (shared: SharedArrayBuffer) => void Atomics.wait(new Int32Array(shared), 0, 0),
    flag,
  );
  loop.callSoon(() => void watcher.shutdown());
}

test('an executor of one’s own gets the function itself, with its surroundings', () =>
  run(function* () {
    const calls: unknown[] = [];
    const inline: Executor = {
      async submit(work, args) {
        calls.push(args);
        return (work as (...args: readonly unknown[]) => unknown)(...args);
      },
      async shutdown(options) {
        calls.push(options);
      },
    };
    const loop = getRunningLoop();
    assert.equal(yield* loop.runInExecutor(inline, (x: number) => x + calls.length, 10), 11);
    loop.setDefaultExecutor(inline);
    assert.equal(yield* toThread((x: number) => x + calls.length, 10), 12);
    yield* loop.shutdownDefaultExecutor();
    assert.deepEqual(calls, [[10], [10], { wait: true }]);
    const after = yield* thrown(toThread(() => 1));
    assert.ok(after instanceof RuntimeError);
    assert.match(after.message, /Executor shutdown has been called/);
    assert.throws(() => loop.setDefaultExecutor({} as Executor), TypeError);
    assert.throws(() => loop.runInExecutor({} as Executor, () => 1), TypeError);
  }));

test('shutdownDefaultExecutor waits for what runs; after its time is up, it ends it', () =>
  run(function* () {
    const loop = getRunningLoop();
    const running = loop.runInExecutor(undefined, async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return 'done';
    });
    yield* loop.shutdownDefaultExecutor();
    assert.equal(running.result(), 'done');

    const { warn } = console;
    const warnings: unknown[] = [];
    console.warn = (text: unknown) => warnings.push(text);
    try {
      const stubborn = new ThreadPoolExecutor({ maxWorkers: 1 });
      loop.setDefaultExecutor(stubborn);
      const endless = loop.runInExecutor(stubborn, () => {
        for (;;);
      });
      yield* loop.shutdownDefaultExecutor(50);
      assert.ok((yield* thrown(awaiting(endless))) instanceof WorkerError);
      assert.match(String(warnings), /did not finish within 50 ms/);
      assert.throws(() => stubborn.submit(() => 1, []), RuntimeError);
    } finally {
      console.warn = warn;
    }
  }));

test('virtual time has no threads', () => {
  assert.throws(
    () =>
      runVirtual(function* () {
        yield* toThread(() => 1);
      }),
    /this event loop has no threads/,
  );
});
