import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ContextVar,
  type Coroutine,
  copyContext,
  createTask,
  currentTask,
  type EventLoop,
  Future,
  gather,
  getRunningLoop,
  sleep,
} from 'tsyncio';
import { runVirtual } from 'tsyncio/testing';
import { describe, runReporting } from '../support/collect-errors.ts';

/** What is written to standard error meanwhile. */
function stderrOf(body: () => void): string {
  const original = console.error;
  const lines: string[] = [];
  console.error = (...parts: unknown[]) => void lines.push(parts.map(String).join(' '));
  try {
    body();
  } finally {
    console.error = original;
  }
  return lines.join('\n');
}

function* failing(): Coroutine<void> {
  throw new RangeError('nobody asked');
}

test('a failure that nobody asked for is reported when the loop is closed, at the latest', () => {
  const { reports } = runReporting(function* () {
    createTask(failing(), { name: 'Ann' });
    const future = new Future<void>();
    future.setException(new TypeError('future'));
    yield* sleep(1);
  });
  assert.deepEqual(
    reports.map(({ message, exception }) => [message, describe(exception)]),
    [
      ['Future exception was never retrieved', 'TypeError: future'],
      ['Task exception was never retrieved', 'RangeError: nobody asked'],
    ],
  );
  assert.equal(String(reports[1]!.task), 'Ann');
});

test('each way of asking counts: yield*, exception(), result(), gather, cancel()', () => {
  const { reports } = runReporting(function* () {
    const tasks = Array.from({ length: 5 }, () => createTask(failing()));
    yield* sleep(1);
    tasks[0]!.exception();
    assert.throws(() => tasks[1]!.result());
    yield* gather([tasks[2]!], { returnExceptions: true });
    assert.equal(tasks[3]!.cancel(), false);
    try {
      yield* tasks[4]!;
    } catch {
      return;
    }
    assert.fail('it has to throw');
  });
  assert.deepEqual(reports, []);
});

test('without a handler it is written to standard error, with the stack', () => {
  const text = stderrOf(() => {
    runVirtual(function* () {
      getRunningLoop().callSoon(function serving() {
        throw new RangeError('spilled');
      });
      yield* sleep(1);
    });
  });
  assert.match(text, /^Exception in callback serving\n/);
  assert.match(text, /RangeError: spilled\n\s+at serving \(.*exception-handler\.test\.ts/);
  assert.ok(!text.includes('scheduler.ts'), 'no frames of the library');
});

test('in debug mode it is written with the whole stack', () => {
  const text = stderrOf(() => {
    runVirtual(
      function* () {
        getRunningLoop().callSoon(() => {
          throw new RangeError('spilled', { cause: new TypeError('why') });
        });
        yield* sleep(1);
      },
      { debug: true },
    );
  });
  assert.match(text, /RangeError: spilled\n.*scheduler\.ts.*caused by TypeError: why/s);
});

test('a handler that throws is reported itself, and the loop goes on', () => {
  let went = '';
  const text = stderrOf(() => {
    runVirtual(
      function* () {
        getRunningLoop().callExceptionHandler({ message: 'first' });
        yield* sleep(1);
        went = 'on';
      },
      {
        exceptionHandler() {
          throw new TypeError('in the handler');
        },
      },
    );
  });
  assert.equal(went, 'on');
  assert.match(text, /Unhandled error in exception handler/);
  assert.match(text, /first/);
  assert.match(text, /TypeError: in the handler/);
});

test('setting, getting and taking off', () => {
  runVirtual(function* () {
    const loop = getRunningLoop();
    assert.equal(loop.getExceptionHandler(), undefined);
    const handler = (_loop: EventLoop): void => {};
    loop.setExceptionHandler(handler);
    assert.equal(loop.getExceptionHandler(), handler);
    assert.throws(() => loop.setExceptionHandler(5 as never), TypeError);
    loop.setExceptionHandler(undefined);
    assert.equal(loop.getExceptionHandler(), undefined);
  });
});

test('debug mode keeps where things were made, and who cancelled', () => {
  const { reports } = runReporting(
    function* () {
      createTask(failing());
      const task = createTask(sleep(50));
      yield* sleep(1);
      task.cancel('why');
      try {
        yield* task;
      } catch (error) {
        const { cancelledBy, cancelledAt } = error as { cancelledBy?: string; cancelledAt?: string };
        assert.match(cancelledBy ?? '', /Task-1/);
        assert.match(cancelledAt ?? '', /exception-handler\.test\.ts/);
      }
    },
    { debug: true },
  );
  assert.match(reports[0]?.sourceTraceback ?? '', /exception-handler\.test\.ts/);
});

test('a handler runs in the context of the callback or task that it is told of', () => {
  const customer = new ContextVar<string>('customer');
  const seen: string[] = [];
  const exceptionHandler = (_: EventLoop, { message }: { message: string }): void => {
    seen.push(`${message.replace(' fail', '')}: ${customer.get('nobody')}`);
  };
  const fail = (): never => {
    throw new Error('late');
  };
  runVirtual(
    function* () {
      const loop = getRunningLoop();
      const context = copyContext();
      context.run(() => customer.set('Ann'));
      loop.callSoon(fail, { context });
      loop.callLater(1, fail, { context });
      const task = createTask(sleep(2), { name: 'Bob' });
      task.addDoneCallback(fail, { context });
      yield* sleep(3);
      loop.callExceptionHandler({ message: 'by hand', task: createTask(sleep(0), { context }) });
      loop.callExceptionHandler({ message: 'of nobody' });
      customer.set('Cid');
      loop.callExceptionHandler({ message: 'of the running task', task: currentTask()! });
    },
    { exceptionHandler },
  );
  assert.deepEqual(seen, [
    'Exception in callback: Ann',
    'Exception in callback: Ann',
    'Exception in callback: Ann',
    'by hand: Ann',
    'of nobody: nobody',
    'of the running task: Cid',
  ]);
});
