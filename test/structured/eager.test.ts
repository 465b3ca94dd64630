import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  allTasks,
  Context,
  ContextVar,
  type Coroutine,
  copyContext,
  createEagerTaskFactory,
  createTask,
  currentTask,
  eagerTaskFactory,
  getRunningLoop,
  sleep,
  Task,
} from 'tsyncio';
import { runVirtual } from 'tsyncio/testing';
import { outcome, runReporting } from '../support/collect-errors.ts';

const variable = new ContextVar<string>('variable', { defaultValue: 'none' });

test('the first step runs inside createTask, with the current task and context switched and restored', () => {
  runVirtual(function* () {
    const me = currentTask();
    variable.set('mine');
    const seen: unknown[] = [];
    const task = createTask(
      (function* (): Coroutine<string> {
        seen.push(currentTask(), variable.get());
        variable.set('its own');
        yield* sleep(1);
        seen.push(currentTask(), variable.get());
        return 'done';
      })(),
      { eagerStart: true },
    );
    assert.deepEqual(seen, [task, 'mine']);
    assert.equal(currentTask(), me);
    assert.equal(variable.get(), 'mine');
    assert.equal(yield* task, 'done');
    assert.deepEqual(seen.slice(2), [task, 'its own']);
  });
});

test('made in a callback, the current task is none again afterwards', () => {
  runVirtual(function* () {
    const seen: unknown[] = [];
    getRunningLoop().callSoon(() => {
      createTask(sleep(1), { eagerStart: true });
      seen.push(currentTask());
    });
    yield* sleep(5);
    assert.deepEqual(seen, [undefined]);
  });
});

test('it shows among all tasks from its first step on; one that never suspends is done at once', () => {
  runVirtual(function* () {
    const inside: boolean[] = [];
    function* body(): Coroutine<void> {
      inside.push([...allTasks()].includes(currentTask()!));
      yield* sleep(1);
    }
    const task = createTask(body(), { eagerStart: true });
    assert.deepEqual(inside, [true]);
    assert.equal(allTasks().has(task as Task<unknown>), true);
    yield* task;
    assert.equal(allTasks().size, 1);
    const quick = createTask(
      (function* () {
        return 5;
      })(),
      { eagerStart: true },
    );
    assert.equal(quick.result(), 5);
    assert.equal(allTasks().size, 1);
  });
});

test('errors stay in the task', () => {
  const { reports } = runReporting(function* () {
    const task = createTask(
      (function* (): Coroutine<void> {
        throw new RangeError('at once');
      })(),
      { eagerStart: true },
    );
    assert.equal(task.done(), true);
    assert.equal(yield* outcome(task), 'RangeError: at once');
  });
  assert.deepEqual(reports, []);
});

test('the factory makes all tasks eager; eagerStart: false overrides it; the main task is not eager', () => {
  const seen: string[] = [];
  function* noting(name: string): Coroutine<void> {
    seen.push(name);
  }
  runVirtual(
    function* () {
      createTask(noting('eager'));
      createTask(noting('lazy'), { eagerStart: false });
      seen.push('made');
      yield* sleep(1);
    },
    { taskFactory: eagerTaskFactory },
  );
  assert.deepEqual(seen, ['eager', 'made', 'lazy']);
});

test('a task class of one’s own', () => {
  class OwnTask<T> extends Task<T> {
    readonly mark = 'own';
  }
  runVirtual(
    function* () {
      const task = createTask(sleep(1), { name: 'Ann' });
      assert.ok(task instanceof OwnTask);
      assert.equal(task.mark, 'own');
      assert.equal(task.getName(), 'Ann');
      yield* task;
    },
    { taskFactory: createEagerTaskFactory(OwnTask) },
  );
});

test('a context that is entered already is refused, and nothing is left behind', () => {
  runVirtual(function* () {
    const me = currentTask();
    const entered = me!.getContext();
    assert.throws(() => createTask(sleep(1), { context: entered, eagerStart: true }), {
      name: 'RuntimeError',
      message: /already entered/,
    });
    assert.equal(currentTask(), me);
    assert.equal(allTasks().size, 1);
    const own = new Context();
    const task = createTask(
      (function* (): Coroutine<void> {
        variable.set('in its own');
      })(),
      { context: own, eagerStart: true },
    );
    assert.equal(task.done(), true);
    assert.equal(own.get(variable), 'in its own');
    assert.equal(copyContext().get(variable), undefined);
  });
});
