import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type AsyncCoroutineGenerator,
  aclosing,
  asyncGenerator,
  asyncWith,
  CancelledError,
  type Coroutine,
  collect,
  createTask,
  GeneratorExit,
  getRunningLoop,
  RuntimeError,
  sleep,
} from 'tsyncio';
import { runVirtual } from 'tsyncio/testing';
import { thrown } from '../support/thrown.ts';

const OVER = { value: undefined, done: true };

/** Counts, and writes down when its cleanup runs. */
function counter(log: string[] = [], ms = 1): AsyncCoroutineGenerator<number> {
  return asyncGenerator<number>(function* count(emit) {
    try {
      for (let i = 0; ; i += 1) {
        yield* emit(i);
        yield* sleep(ms);
      }
    } catch (error) {
      log.push((error as Error).name);
      throw error;
    } finally {
      log.push('cleaned up');
    }
  });
}

test('values come one after the other, and the body runs only when it is asked', () => {
  runVirtual(function* () {
    const log: string[] = [];
    const generator = asyncGenerator(function* (emit) {
      log.push('begun');
      yield* emit('a');
      yield* sleep(10);
      yield* emit('b');
    });
    assert.deepEqual(log, []);
    assert.deepEqual(yield* generator.next(), { value: 'a', done: false });
    assert.equal(getRunningLoop().time(), 0);
    assert.deepEqual(yield* generator.next(), { value: 'b', done: false });
    assert.equal(getRunningLoop().time(), 10);
    assert.deepEqual(yield* generator.next(), OVER);
    assert.deepEqual(yield* generator.next(), OVER);
  });
});

test('asking for a value takes no turn', () => {
  runVirtual(function* () {
    const generator = asyncGenerator(function* (emit) {
      for (let i = 0; i < 100; i += 1) yield* emit(i);
    });
    const { scheduler } = getRunningLoop();
    const before = scheduler.turns;
    assert.equal((yield* collect(generator)).length, 100);
    assert.equal(scheduler.turns, before);
  });
});

test('asend makes the emit give a value; next makes it give undefined', () => {
  runVirtual(function* () {
    const sent: unknown[] = [];
    const generator = asyncGenerator<number, string>(function* (emit) {
      for (let i = 0; i < 3; i += 1) sent.push(yield* emit(i));
    });
    yield* generator.asend(undefined as unknown as string);
    assert.deepEqual(yield* generator.asend('one'), { value: 1, done: false });
    yield* generator.next();
    assert.deepEqual(yield* generator.asend('two'), OVER);
    assert.deepEqual(sent, ['one', undefined, 'two']);
    assert.deepEqual(yield* generator.asend('late'), OVER);
  });
});

test('asend of a value to a fresh one is a TypeError, and changes nothing', () => {
  runVirtual(function* () {
    const generator = counter();
    assert.ok((yield* thrown(generator.asend('early'))) instanceof TypeError);
    assert.deepEqual(yield* generator.next(), { value: 0, done: false });
    yield* generator.aclose();
  });
});

test('athrow throws in at the emit, and gives the next value if the body goes on', () => {
  runVirtual(function* () {
    const generator = asyncGenerator(function* (emit) {
      try {
        yield* emit('first');
      } catch (error) {
        yield* emit(`caught ${(error as Error).message}`);
      }
    });
    yield* generator.next();
    assert.deepEqual(yield* generator.athrow(new Error('spilled')), { value: 'caught spilled', done: false });
    assert.equal((yield* thrown(generator.athrow(new Error('again')))).message, 'again');
    assert.deepEqual(yield* generator.next(), OVER);
  });
});

test('athrow on a fresh one ends it; on a finished one it throws the error back', () => {
  runVirtual(function* () {
    const log: string[] = [];
    const generator = counter(log);
    assert.equal((yield* thrown(generator.athrow(new Error('early')))).message, 'early');
    assert.deepEqual(yield* generator.next(), OVER);
    assert.equal((yield* thrown(generator.athrow(new Error('late')))).message, 'late');
    assert.deepEqual(log, []);
  });
});

test('aclose runs the cleanup, which may wait; a second one does nothing', () => {
  runVirtual(function* () {
    const log: string[] = [];
    const generator = asyncGenerator(function* (emit) {
      try {
        yield* emit(1);
      } finally {
        yield* sleep(10);
        log.push(`closed at ${getRunningLoop().time()}`);
      }
    });
    yield* generator.next();
    assert.equal(yield* generator.aclose(), undefined);
    assert.deepEqual(log, ['closed at 10']);
    yield* generator.aclose();
    assert.deepEqual(yield* generator.next(), OVER);
    assert.deepEqual(log, ['closed at 10']);
  });
});

test('aclose throws a GeneratorExit in through several levels, and no line after the emit runs', () => {
  runVirtual(function* () {
    const log: string[] = [];
    const inner = function* (emit: (value: number) => Coroutine<unknown>): Coroutine<void> {
      try {
        yield* emit(1);
        log.push('wrong: inner went on');
      } finally {
        yield* sleep(1);
        log.push('inner');
      }
    };
    const generator = asyncGenerator<number>(function* (emit) {
      try {
        yield* inner(emit);
        log.push('wrong: outer went on');
      } catch (error) {
        log.push(String(error instanceof GeneratorExit));
        throw error;
      }
    });
    yield* generator.next();
    yield* generator.aclose();
    assert.deepEqual(log, ['inner', 'true']);
  });
});

test('aclose of a fresh one runs nothing', () => {
  runVirtual(function* () {
    const log: string[] = [];
    const generator = counter(log);
    yield* generator.aclose();
    assert.deepEqual(log, []);
    assert.deepEqual(yield* generator.next(), OVER);
  });
});

test('a body that ends by itself on GeneratorExit is closed; one that throws something else fails aclose', () => {
  runVirtual(function* () {
    const body = (failure?: Error) =>
      asyncGenerator(function* (emit) {
        try {
          yield* emit(1);
        } catch {
          if (failure !== undefined) throw failure;
        }
      });
    const quiet = body();
    yield* quiet.next();
    yield* quiet.aclose();
    const failing = body(new Error('in cleanup'));
    yield* failing.next();
    assert.equal((yield* thrown(failing.aclose())).message, 'in cleanup');
    assert.deepEqual(yield* failing.next(), OVER);
  });
});

test('one that emits in its cleanup is a RuntimeError', () => {
  runVirtual(function* () {
    const generator = asyncGenerator(function* (emit) {
      try {
        yield* emit(1);
      } finally {
        yield* emit(2);
      }
    });
    yield* generator.next();
    const error = yield* thrown(generator.aclose());
    assert.ok(error instanceof RuntimeError);
    assert.match(error.message, /ignored GeneratorExit/);
    yield* generator.aclose();
    assert.deepEqual(yield* generator.next(), OVER);
  });
});

test('a second user while it is suspended inside gets a RuntimeError, and the first goes on', () => {
  runVirtual(function* () {
    const generator = asyncGenerator(function* slow(emit) {
      yield* sleep(10);
      yield* emit('value');
    });
    const first = createTask(generator.next());
    yield* sleep(1);
    for (const step of [generator.next(), generator.asend(1), generator.athrow(new Error('no')), generator.aclose()]) {
      const error = yield* thrown(step);
      assert.ok(error instanceof RuntimeError);
      assert.match(error.message, /^\w+\(\): asynchronous generator is already running: <async_generator slow>$/);
    }
    assert.deepEqual(yield* first, { value: 'value', done: false });
  });
});

test('a cancel inside ends it, and its cleanup runs', () => {
  runVirtual(function* () {
    const log: string[] = [];
    const generator = counter(log, 1_000);
    yield* generator.next();
    const task = createTask(generator.next());
    yield* sleep(1);
    task.cancel();
    assert.ok((yield* thrown(task[Symbol.iterator]())) instanceof CancelledError);
    assert.deepEqual(log, ['CancelledError', 'cleaned up']);
    assert.deepEqual(yield* generator.next(), OVER);
  });
});

test('the body runs in the task that asks', () => {
  runVirtual(function* () {
    const generator = asyncGenerator(function* (emit) {
      for (;;) yield* emit(getRunningLoop().scheduler.currentTask);
    });
    for (let i = 0; i < 2; i += 1) {
      const task = createTask(generator.next());
      assert.equal((yield* task).value, task);
    }
    yield* generator.aclose();
  });
});

test('generators may stand in generators', () => {
  runVirtual(function* () {
    const numbers = asyncGenerator(function* (emit) {
      for (let i = 0; i < 3; i += 1) yield* emit(i);
    });
    const squares = asyncGenerator<number>(function* (emit) {
      for (let step = yield* numbers.next(); step.done !== true; step = yield* numbers.next()) {
        yield* sleep(1);
        yield* emit(step.value ** 2);
      }
    });
    assert.deepEqual(yield* collect(squares), [0, 1, 4]);
  });
});

test('emit outside of its generator is a RuntimeError', () => {
  runVirtual(function* () {
    let stolen: ((value: number) => Coroutine<unknown>) | undefined;
    const generator = asyncGenerator<number>(function* (emit) {
      stolen = emit;
      yield* emit(1);
      yield* sleep(10);
    });
    yield* generator.next();
    assert.match((yield* thrown(stolen!(2))).message, /emit was called outside/);
    const user = createTask(generator.next());
    yield* sleep(1);
    const error = yield* thrown(createTask(stolen!(2))[Symbol.iterator]());
    assert.match(error.message, /bad yield: an object of type EmitOutsideItsGenerator/);
    assert.deepEqual(yield* user, OVER);
  });
});

test('aclosing closes when the body of asyncWith is left, also by an error', () => {
  runVirtual(function* () {
    for (const failure of [undefined, new Error('body')]) {
      const log: string[] = [];
      const block = asyncWith(aclosing(counter(log)), function* (generator) {
        yield* generator.next();
        if (failure !== undefined) throw failure;
        return 'done';
      });
      if (failure === undefined) assert.equal(yield* block, 'done');
      else assert.equal(yield* thrown(block), failure);
      assert.deepEqual(log, ['GeneratorExit', 'cleaned up']);
    }
    assert.throws(() => aclosing({} as never), TypeError);
  });
});

test('bad bodies', () => {
  assert.throws(() => asyncGenerator(1 as never), TypeError);
  assert.throws(() => asyncGenerator((() => 1) as never), /its function returned number 1/);
  assert.equal(String(counter()), '<async_generator count>');
});
