import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Awaitable,
  allTasks,
  type Coroutine,
  createTask,
  currentTask,
  Event,
  Future,
  gather,
  getRunningLoop,
  isCoroutine,
  isCoroutineFunction,
  Lock,
  Queue,
  RuntimeError,
  sleep,
  Task,
  wait,
  waitFor,
} from 'tsyncio';
import { runVirtual } from 'tsyncio/testing';
import { outcome, runReporting } from '../support/collect-errors.ts';

function* value<T>(result: T): Coroutine<T> {
  return result;
}

test('a task runs side by side with others, in the order of creation', () => {
  const seen: string[] = [];
  function* customer(name: string): Coroutine<string> {
    seen.push(`${name} orders`);
    yield* sleep(0);
    seen.push(`${name} drinks`);
    return name;
  }
  const names = runVirtual(function* () {
    const tasks = ['Ann', 'Bob'].map((name) => createTask(customer(name)));
    seen.push('made');
    const result: string[] = [];
    for (const task of tasks) result.push(yield* task);
    return result;
  });
  assert.deepEqual(names, ['Ann', 'Bob']);
  assert.deepEqual(seen, ['made', 'Ann orders', 'Bob orders', 'Ann drinks', 'Bob drinks']);
});

test('tasks are named Task-1, Task-2, … unless given a name; a given one does not count', () => {
  runVirtual(function* () {
    const names = [createTask(value(1)), createTask(value(1), { name: 'Ann' }), createTask(value(1))];
    assert.equal(currentTask()?.getName(), 'Task-1');
    assert.deepEqual(
      names.map((task) => task.getName()),
      ['Task-2', 'Ann', 'Task-3'],
    );
    names[0]!.setName('Bob');
    assert.equal(names[0]!.getName(), 'Bob');
    assert.match(String(names[0]), /Bob/);
  });
});

test('a failure is thrown to the one who waits, and to the next one as well', () => {
  runVirtual(function* () {
    const error = new RangeError('no beer');
    const task = createTask(
      (function* (): Coroutine<void> {
        yield* sleep(1);
        throw error;
      })(),
    );
    assert.equal(yield* outcome(task), 'RangeError: no beer');
    assert.equal(yield* outcome(task), 'RangeError: no beer');
    assert.equal(task.exception(), error);
  });
});

test('what is thrown need not be an Error', () => {
  runVirtual(function* () {
    const task = createTask(
      (function* (): Coroutine<void> {
        throw 'a string';
      })(),
    );
    assert.equal(yield* outcome(task), 'a string');
  });
});

test('a task that throws undefined has failed', () => {
  const { reports } = runReporting(function* () {
    const task = createTask(
      (function* (): Coroutine<void> {
        throw undefined;
      })(),
    );
    yield* sleep(1);
    assert.notEqual(task.exception(), undefined);
  });
  assert.deepEqual(reports, []);
});

test('currentTask and allTasks', () => {
  runVirtual(function* () {
    const main = currentTask();
    assert.ok(main instanceof Task);
    const other = createTask(
      (function* () {
        return currentTask();
      })(),
    );
    assert.deepEqual([...allTasks()], [main, other]);
    assert.equal(yield* other, other);
    assert.deepEqual([...allTasks()], [main]);
    const inCallback = new Future<unknown>();
    getRunningLoop().callSoon(() => inCallback.setResult(currentTask()));
    assert.equal(yield* inCallback, undefined);
    assert.equal(currentTask(), main);
  });
  assert.throws(() => currentTask(), RuntimeError);
  assert.throws(() => allTasks(), RuntimeError);
});

test('setResult and setException are refused', () => {
  runVirtual(function* () {
    const task = createTask(value(1));
    assert.throws(() => task.setResult(2), {
      name: 'RuntimeError',
      message: 'Task does not support setResult operation',
    });
    assert.throws(() => task.setException(new Error('x')), RuntimeError);
    assert.equal(yield* task, 1);
  });
});

test('what is no coroutine is refused, with what was given', () => {
  runVirtual(function* () {
    const refused: [unknown, RegExp][] = [
      [undefined, /got undefined/],
      [3, /got number 3/],
      ['text', /got "text"/],
      [[], /got an object of type Array/],
      [value, /got function value \(call it to make a coroutine\)/],
      [new Future(), /got an object of type Future/],
    ];
    for (const [given, message] of refused) {
      assert.throws(() => createTask(given as Coroutine<void>), { name: 'TypeError', message }, String(given));
    }
  });
});

test('createTask needs a running loop', () => {
  assert.throws(() => createTask(value(1)), { name: 'RuntimeError', message: /no running event loop/ });
});

test('isCoroutine and isCoroutineFunction', () => {
  const plain = (): Coroutine<number> => value(1);
  assert.equal(isCoroutineFunction(value), true);
  assert.equal(isCoroutineFunction(plain), false);
  assert.equal(
    isCoroutineFunction(async () => {}),
    false,
  );
  assert.equal(isCoroutine(value(1)), true);
  assert.equal(isCoroutine(sleep(1)), true);
  for (const other of [value, [], 'text', new Map(), undefined, Promise.resolve()]) {
    assert.equal(isCoroutine(other), false);
  }
});

test('yield in place of yield* is explained where it happens', () => {
  runVirtual(function* () {
    function* wrong(): Coroutine<void> {
      yield sleep(1) as never;
    }
    const result = yield* outcome(createTask(wrong(), { name: 'Ann' }));
    assert.equal(
      result,
      'RuntimeError: <Task Ann> got a bad yield: an object of type Sleep (yield was used instead of yield*)',
    );
  });
});

test('a bad yield can be caught, and the task goes on', () => {
  const result = runVirtual(function* () {
    return yield* createTask(
      (function* (): Coroutine<string> {
        try {
          yield 5 as never;
        } catch (error) {
          assert.ok(error instanceof RuntimeError);
        }
        yield* sleep(1);
        return 'went on';
      })(),
    );
  });
  assert.equal(result, 'went on');
});

test('a task that awaits itself gets a RuntimeError, and others can still await it', () => {
  runVirtual(function* () {
    const task = createTask(
      (function* (): Coroutine<unknown> {
        const first = yield* outcome(currentTask()!);
        yield* sleep(1);
        return first;
      })(),
      { name: 'Ann' },
    );
    assert.equal(yield* task, 'RuntimeError: <Task Ann> cannot await on itself');
  });
});

test('a future of another loop is refused', () => {
  const foreign = runVirtual(function* () {
    return new Future<void>();
  });
  runVirtual(function* () {
    const result = yield* outcome(foreign);
    assert.match(String(result), /^RuntimeError: .* got a future that belongs to a different loop$/);
  });
});

test('a deep chain of coroutines gives its value through every level', () => {
  function* level(depth: number): Coroutine<number> {
    if (depth === 0) {
      yield* sleep(1);
      return 0;
    }
    return 1 + (yield* level(depth - 1));
  }
  assert.equal(
    runVirtual(() => level(500)),
    500,
  );
});

test('100,000 tasks, each sleeping five times, end at the same virtual time', () => {
  const time = runVirtual(function* () {
    function* sleeper(index: number): Coroutine<void> {
      for (let i = 1; i <= 5; i += 1) yield* sleep((index % 7) + i);
    }
    const tasks = Array.from({ length: 100_000 }, (_, index) => createTask(sleeper(index)));
    for (const task of tasks) yield* task;
    return getRunningLoop().time();
  });
  assert.equal(time, 6 * 5 + 15);
});

test('looking at the stack of a task never runs it', () => {
  const seen: string[] = [];
  runVirtual(function* () {
    const future = new Future<void>();
    const lock = new Lock();
    const event = new Event();
    const queue = new Queue<void>();
    yield* lock.acquire();
    function* body(name: string, wait: Awaitable<unknown>): Coroutine<void> {
      yield* wait;
      seen.push(name);
    }
    const waits: Record<string, Awaitable<unknown>> = {
      future,
      sleep: sleep(1),
      'sleep(0)': sleep(0),
      lock: lock.acquire(),
      event: event.wait(),
      queue: queue.get(),
      gather: gather([future]),
      wait: wait([future]),
      waitFor: waitFor(future, 50),
    };
    const tasks = Object.entries(waits).map(([name, wait]) => createTask(body(name, wait)));
    for (const task of tasks) assert.deepEqual(task.getStack(), []);
    yield* sleep(0);
    const standing = tasks.filter((task) => task.getStack().length > 0);
    assert.ok(standing.length >= tasks.length - 1);
    future.setResult();
    event.set();
    queue.putNowait();
    lock.release();
    for (const task of tasks) task.getStack();
    assert.deepEqual(seen, []);
    yield* sleep(10);
  });
  assert.equal(seen.length, 9);
});

test('the stack of a task that failed is where it failed; looking is not asking for the exception', () => {
  function* pour(): Coroutine<never> {
    yield* sleep(1);
    throw new RangeError('no beer');
  }
  const { reports } = runReporting(function* () {
    const task = createTask(
      (function* serve() {
        yield* pour();
      })(),
    );
    const ended = createTask(value(1));
    yield* sleep(2);
    assert.deepEqual(
      task.getStack().map((frame) => frame.functionName),
      ['pour', 'serve'],
    );
    let text = '';
    task.printStack({ write: (written) => (text = written), limit: 1 });
    assert.match(text, /^Traceback for <Task Task-2> .*:\n {2}at pour .*task\.test\.ts:\d+:\d+\)$/);
    assert.deepEqual(ended.getStack(), []);
  });
  assert.equal(reports.length, 1);
});

test('a name that is no text becomes text, and is not taken for a default one', () => {
  runVirtual(function* () {
    const made = createTask(sleep(1), { name: 7 as never });
    const constructed = new Task(sleep(1), { name: 7 as never });
    assert.deepEqual([made.getName(), constructed.getName()], ['7', '7']);
    yield* gather([made, constructed]);
  });
});

test('createTask and the constructor make objects with the same fields', () => {
  runVirtual(function* () {
    const made = createTask(sleep(1));
    const constructed = new Task(sleep(1));
    assert.deepEqual(Object.keys(made).sort(), Object.keys(constructed).sort());
    assert.ok(made instanceof Task);
    yield* gather([made, constructed]);
  });
});

test('a coroutine that two tasks are given leaves neither waiting for ever, whatever it is suspended on', () => {
  const event = new Event();
  const ways: (() => Coroutine<unknown>)[] = [
    () => sleep(1),
    () => event.wait(),
    () => createTask(sleep(2))[Symbol.iterator](),
  ];
  for (const wait of ways) {
    runVirtual(function* () {
      event.clear();
      getRunningLoop().callLater(1, () => event.set());
      const shared = (function* () {
        yield* wait();
        return 4;
      })();
      const [first, second] = [createTask(shared), createTask(shared)];
      yield* gather([first, second]);
      assert.deepEqual([first.result(), second.done()], [4, true]);
    });
  }
});
