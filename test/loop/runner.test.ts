import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CancelledError,
  ContextVar,
  type Coroutine,
  createTask,
  EventLoop,
  Future,
  getRunningLoop,
  newEventLoop,
  Runner,
  RuntimeError,
  run,
  sleep,
  wrapFuture,
} from 'tsyncio';
import { startFixture } from '../support/child.ts';
import { outcome } from '../support/collect-errors.ts';

test('run gives the result of a coroutine, a coroutine function and a promise', async () => {
  function* value(): Coroutine<number> {
    yield* sleep(1);
    return 5;
  }
  assert.equal(await run(value), 5);
  assert.equal(await run(value()), 5);
  assert.equal(await run(Promise.resolve('promised')), 'promised');
});

test('run rejects with what the coroutine throws', async () => {
  const error = new RangeError('no');
  await assert.rejects(
    run(function* () {
      throw error;
    }),
    (thrown) => thrown === error,
  );
});

test('run inside run is refused, and the outer one goes on', async () => {
  const result = await run(function* () {
    const inner = run(function* () {});
    const promise = inner.then(
      () => 'it ran',
      (error: Error) => `${error.name}: ${error.message}`,
    );
    return yield* wrapFuture(promise);
  });
  assert.match(result, /^RuntimeError: run\(\) cannot be called from a running event loop/);
});

test('what is no coroutine is refused with what was given', async () => {
  const refused: [unknown, RegExp][] = [
    [undefined, /got undefined/],
    [5, /got number 5/],
    ['main', /got "main"/],
    [[], /got an object of type Array/],
    [new Map([[1, 2]]), /got an object of type Map/],
    [new Uint8Array(2), /got an object of type Uint8Array/],
    [() => 5, /got a function that returned number 5/],
    [{}, /got an object of type Object/],
  ];
  for (const [given, message] of refused) {
    await assert.rejects(run(given as never), { name: 'TypeError', message }, String(given));
  }
});

test('tasks left over are cancelled and have ended before run settles', async () => {
  const seen: string[] = [];
  function* left(): Coroutine<void> {
    try {
      yield* sleep(1_000_000);
    } finally {
      yield* sleep(1);
      seen.push('cleaned up');
    }
  }
  const result = await run(function* () {
    createTask(left());
    yield* sleep(0);
    return 'main is done';
  });
  seen.push(result);
  assert.deepEqual(seen, ['cleaned up', 'main is done']);
});

test('a task that fails while it is cancelled at the end is reported', async () => {
  const reports: string[] = [];
  await run(function* () {
    getRunningLoop().setExceptionHandler((_loop, context) => {
      reports.push(`${context.message}: ${String(context.exception)}`);
    });
    createTask(
      (function* (): Coroutine<void> {
        try {
          yield* sleep(1_000_000);
        } catch {
          throw new RangeError('cleanup');
        }
      })(),
    );
    yield* sleep(0);
  });
  assert.deepEqual(reports, ['unhandled exception during run() shutdown: RangeError: cleanup']);
});

test('the loop is closed when run is over', async () => {
  const loop = await run(function* () {
    return getRunningLoop();
  });
  assert.equal(loop.isClosed(), true);
  assert.equal(loop.isRunning(), false);
  assert.throws(() => loop.callSoon(() => {}), { name: 'RuntimeError', message: 'Event loop is closed' });
  await assert.rejects(loop.runForever(), { name: 'RuntimeError', message: 'Event loop is closed' });
});

test('two programs side by side, each on its own loop', async () => {
  function* program(name: string, ms: number): Coroutine<string> {
    const loop = getRunningLoop();
    for (let i = 0; i < 5; i += 1) {
      yield* sleep(ms);
      assert.equal(getRunningLoop(), loop);
    }
    return name;
  }
  assert.deepEqual(await Promise.all([run(program('a', 1)), run(program('b', 2))]), ['a', 'b']);
});

test('many programs side by side leave no listeners and give no warnings', async () => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error): void => void warnings.push(warning);
  process.on('warning', onWarning);
  const before = process.listenerCount('SIGINT') + process.listenerCount('beforeExit');
  await Promise.all(Array.from({ length: 30 }, () => run(() => sleep(2))));
  await new Promise((resolve) => setImmediate(resolve));
  process.removeListener('warning', onWarning);
  assert.deepEqual(warnings, []);
  assert.equal(process.listenerCount('SIGINT') + process.listenerCount('beforeExit'), before);
});

test("Node's timers wake a sleeping loop", async () => {
  const result = await run(function* () {
    const future = new Future<string>();
    setTimeout(() => future.setResult('by setTimeout'), 5);
    return yield* future;
  });
  assert.equal(result, 'by setTimeout');
});

test('callSoonThreadsafe from outside wakes a sleeping loop', async () => {
  const result = await run(function* () {
    const loop = getRunningLoop();
    const future = new Future<string>();
    setTimeout(() => loop.callSoonThreadsafe(() => future.setResult('called')), 5);
    return yield* future;
  });
  assert.equal(result, 'called');
});

test('a task can be cancelled from outside while the loop sleeps', async () => {
  const result = await run(function* () {
    const task = createTask(sleep(1_000_000));
    setTimeout(() => task.cancel('from outside'), 5);
    return yield* outcome(task);
  });
  assert.equal(result, 'CancelledError: from outside');
});

test('async functions can await tasks and futures', async () => {
  const seen: string[] = [];
  const asking = async (future: Future<string>): Promise<void> => {
    try {
      seen.push(await future);
    } catch (error) {
      seen.push(String(error));
    }
  };
  const promises: Promise<void>[] = [];
  await run(function* () {
    const late = createTask(sleep(50_000, 'late'));
    const failing = createTask(
      (function* (): Coroutine<string> {
        yield* sleep(1);
        throw new RangeError('no');
      })(),
    );
    const done = new Future<string>();
    done.setResult('done');
    for (const future of [done, createTask(sleep(1, 'beer')), failing, late]) promises.push(asking(future));
    yield* sleep(20);
    late.cancel('closing');
    yield* outcome(late);
  });
  await Promise.all(promises);
  assert.deepEqual(seen.sort(), ['CancelledError: closing', 'RangeError: no', 'beer', 'done']);
});

test('a program that can never go on is a DeadlockError that names the tasks, their waits and their frames', async () => {
  const { code, stdout, stderr } = await startFixture('stuck.ts').ended();
  assert.equal(stderr, '');
  assert.match(stdout, /^DeadlockError: nothing is ready/);
  assert.match(stdout, /Task-1 waits for <Task pianist>\n\s+at main \(.*stuck\.ts:\d+:\d+\)/);
  assert.match(stdout, /pianist waits for a future that nobody completes\n\s+at forANote \(.*stuck\.ts:\d+:\d+\)/);
  assert.equal(code, 0);
});

test("a DeadlockError while the rest is cancelled has the program's own error as its cause", async () => {
  const { stdout } = await startFixture('stuck-end.ts').ended();
  assert.equal(stdout, 'DeadlockError, because of RangeError: no beer\n');
});

test('a Runner runs several programs on one loop and in one context', async () => {
  const variable = new ContextVar<number>('variable', { defaultValue: 0 });
  const runner = new Runner();
  function* count(): Coroutine<[number, EventLoop]> {
    variable.set(variable.get() + 1);
    return [variable.get(), getRunningLoop()];
  }
  const [first, loop] = await runner.run(count);
  const [second, same] = await runner.run(count);
  assert.deepEqual([first, second], [1, 2]);
  assert.equal(loop, same);
  assert.equal(runner.getLoop(), loop);
  assert.equal(variable.get(), 0);
  await runner.close();
  await runner.close();
  assert.equal(loop.isClosed(), true);
  assert.throws(() => runner.getLoop(), { name: 'RuntimeError', message: 'Runner is closed' });
  await assert.rejects(runner.run(count), { name: 'RuntimeError', message: 'Runner is closed' });
});

test('options of run: debug and loopFactory', async () => {
  assert.equal(
    await run(
      function* () {
        return getRunningLoop().getDebug();
      },
      { debug: true },
    ),
    true,
  );
  const loop = newEventLoop();
  assert.equal(
    await run(
      function* () {
        return getRunningLoop();
      },
      { loopFactory: () => loop },
    ),
    loop,
  );
  await assert.rejects(
    run(function* () {}, { loopFactory: 5 as never }),
    { name: 'TypeError', message: /loopFactory/ },
  );
});

test('a main that throws CancelledError rejects with it', async () => {
  await assert.rejects(
    run(function* () {
      throw new CancelledError('own');
    }),
    CancelledError,
  );
});

test('loop.stop inside run: RuntimeError, as the main task was not done', async () => {
  await assert.rejects(
    run(function* () {
      getRunningLoop().stop();
      yield* sleep(1_000_000);
    }),
    { name: 'RuntimeError', message: 'Event loop stopped before Future completed.' },
  );
});

test('runUntilComplete and runForever of a loop of one’s own', async () => {
  const loop = newEventLoop();
  assert.ok(loop instanceof EventLoop);
  assert.equal(await loop.runUntilComplete(sleep(1, 'done')), 'done');
  loop.callLater(1, () => loop.stop());
  const running = loop.runForever();
  assert.equal(loop.isRunning(), true);
  assert.throws(() => loop.close(), RuntimeError);
  await assert.rejects(loop.runForever(), { name: 'RuntimeError', message: /already running/ });
  await running;
  loop.close();
  loop.close();
});

test('what is refused because the loop runs already does not begin, and disturbs nobody', async () => {
  const begun: string[] = [];
  function* second(): Coroutine<void> {
    begun.push('second');
    yield* sleep(0);
  }
  const runner = new Runner();
  const first = runner.run(sleep(5, 'first'));
  const running = { name: 'RuntimeError', message: /already running/ };
  await assert.rejects(runner.run(second), running);
  await assert.rejects(runner.getLoop().runUntilComplete(second()), running);
  await assert.rejects(runner.close(), { name: 'RuntimeError', message: /while the runner runs/ });
  assert.equal(await first, 'first');
  assert.equal(await runner.run(sleep(1, 'third')), 'third');
  const loop = runner.getLoop();
  await runner.close();
  assert.ok(loop.isClosed());
  assert.deepEqual(begun, []);
});
