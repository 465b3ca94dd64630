import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  asyncWith,
  captureCallGraph,
  createTask,
  DeadlockError,
  type ExceptionContext,
  Future,
  formatCallGraph,
  gather,
  Lock,
  sleep,
  type Task,
  TaskGroup,
} from 'tsyncio';
import { runVirtual } from 'tsyncio/testing';

function* leaf(gate: Future<void>): Generator<never, void, unknown> {
  yield* gate as unknown as Generator<never, void, unknown>;
}

test('the call graph of a suspended task has its coroutines and who awaits it, and disturbs nothing', () => {
  const graph = runVirtual(function* () {
    const gate = new Future<void>();
    const inner = createTask(leaf(gate), { name: 'inner' });
    const middle = createTask(
      (function* middleBody() {
        yield* gather([inner]);
      })(),
      { name: 'middle' },
    );
    yield* asyncWith(new TaskGroup(), function* (group) {
      const outer = group.createTask(
        (function* outerBody() {
          yield* middle;
        })(),
        { name: 'outer' },
      );
      yield* sleep(1);
      yield* sleep(1);
      const before = captureCallGraph(inner)!;
      assert.deepEqual(
        before.callStack.map((frame) => frame.functionName),
        ['leaf'],
      );
      assert.equal((before.awaitedBy[0]!.future as Task<unknown>).getName(), 'middle');
      assert.equal((before.awaitedBy[0]!.awaitedBy[0]!.future as Task<unknown>).getName(), 'outer');
      assert.equal(before.awaitedBy[0]!.awaitedBy[0]!.future, outer);
      gate.setResult();
      return undefined;
    });
    return formatCallGraph();
  });
  assert.match(graph, /^\* <Task Task-1>\n {2}\+ Call stack:\n {2}\|\s+at .*call-graph\.test\.ts:\d+/);
});

test('an uncaught deadlock names the tasks, their frames, and the holder of the lock', () => {
  const lock = new Lock();
  assert.throws(
    () =>
      runVirtual(function* () {
        yield* lock.acquire();
        yield* createTask(
          (function* second() {
            yield* lock.acquire();
          })(),
          { name: 'second' },
        );
      }),
    (error) =>
      error instanceof DeadlockError &&
      /Task-1 waits for <Task second>/.test(error.message) &&
      /second waits for <Lock \[locked, holder:Task-1/.test(error.message) &&
      /at second \(.*call-graph\.test\.ts:\d+:\d+\)/.test(error.message),
  );
});

test('two locks taken in opposite order are reported as soon as the cycle closes, while another task runs', () => {
  const reports: [number, ExceptionContext][] = [];
  runVirtual(
    function* () {
      const [a, b] = [new Lock(), new Lock()];
      function* take(first: Lock, second: Lock) {
        yield* first.acquire();
        yield* sleep(10);
        yield* second.acquire();
      }
      createTask(take(a, b), { name: 'ab' });
      createTask(take(b, a), { name: 'ba' });
      yield* sleep(1_000);
    },
    { exceptionHandler: (loop, context) => reports.push([loop.time(), context]) },
  );
  const [time, context] = reports[0]!;
  assert.equal(time, 10);
  assert.match(context.message, /^Deadlock/);
  assert.match(String(context.exception), /<Task ba> waits for <Lock .*> waits for <Task ab>/);
});

test('tasks that await each other: reported, and a cancel ends them instead of going round for ever', () => {
  const reports: string[] = [];
  const outcome = runVirtual(
    function* () {
      const tasks: Task<unknown>[] = [];
      const one = createTask(
        (function* () {
          yield* gather([tasks[0]!]);
        })(),
        { name: 'one' },
      );
      const two = createTask(
        (function* () {
          yield* one;
        })(),
        { name: 'two' },
      );
      tasks.push(two);
      yield* sleep(1);
      one.cancel('enough');
      yield* sleep(1);
      return [one.cancelled(), two.cancelled()];
    },
    { exceptionHandler: (_loop, context) => reports.push(String(context.exception)) },
  );
  assert.deepEqual(outcome, [true, true]);
  assert.match(reports[0]!, /<Task two> waits for <Task one> waits for <gather of 1 pending> waits for <Task two>/);
});

test('debug mode: who cancelled, why and where; a swallowed cancel; the task below an error', () => {
  const reports: string[] = [];
  runVirtual(
    function* () {
      const victim = createTask(
        (function* () {
          try {
            yield* sleep(1_000);
          } catch (error) {
            const { message, cancelledBy, cancelledAt } = error as Error & { cancelledBy: string; cancelledAt: string };
            assert.equal(message, 'closing time');
            assert.equal(cancelledBy, '<Task Task-1>');
            assert.match(cancelledAt, /call-graph\.test\.ts/);
          }
        })(),
        { name: 'victim' },
      );
      yield* sleep(1);
      victim.cancel('closing time');
      yield* sleep(1);
      const failing = createTask(
        (function* () {
          throw new Error('spilled');
        })(),
        { name: 'failing' },
      );
      yield* gather([failing], { returnExceptions: true });
      assert.match((failing.exception() as Error).stack!, /<Task failing> created at:\n.*call-graph\.test\.ts/s);
    },
    { debug: true, exceptionHandler: (_loop, context) => reports.push(context.message) },
  );
  assert.equal(reports.length, 1);
  assert.match(reports[0]!, /<Task victim> was cancelled but returned/);
});
