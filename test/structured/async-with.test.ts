import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AsyncExitStack,
  asyncWith,
  CancelledError,
  type Coroutine,
  createTask,
  getRunningLoop,
  isCoroutine,
  sleep,
  TaskGroup,
} from 'tsyncio';
import { runVirtual } from 'tsyncio/testing';
import { outcome } from '../support/collect-errors.ts';

/** Notes what is called, and takes a while for each. */
function manager(notes: string[], swallow = false) {
  return {
    *enter(): Coroutine<string> {
      yield* sleep(1);
      notes.push('enter');
      return 'entered';
    },
    *exit(error: unknown): Coroutine<boolean> {
      yield* sleep(1);
      notes.push(error === undefined ? 'exit' : `exit: ${(error as Error).message}`);
      return swallow;
    },
  };
}

function* fails(): Coroutine<number> {
  yield* sleep(1);
  throw new RangeError('no beer');
}

test('enters, runs the body with what enter gave, leaves, and gives the result', () => {
  const notes: string[] = [];
  const result = runVirtual(function* () {
    return yield* asyncWith(manager(notes), function* (value) {
      notes.push(value);
      yield* sleep(1);
      return 7;
    });
  });
  assert.equal(result, 7);
  assert.deepEqual(notes, ['enter', 'entered', 'exit']);
});

test('an error of the body goes to exit, and on unless exit swallows it', () => {
  const notes: string[] = [];
  assert.equal(
    runVirtual(() => asyncWith(manager(notes, true), fails)),
    undefined,
  );
  assert.throws(() => runVirtual(() => asyncWith(manager(notes), fails())), new RangeError('no beer'));
  assert.deepEqual(notes, ['enter', 'exit: no beer', 'enter', 'exit: no beer']);
});

test('an error of enter leaves without exit; one of exit goes before that of the body', () => {
  const notes: string[] = [];
  const broken = { ...manager(notes), enter: fails };
  assert.throws(() => runVirtual(() => asyncWith(broken, fails)), new RangeError('no beer'));
  assert.deepEqual(notes, []);
  const locked = { ...manager(notes), exit: () => fails() as Coroutine<never> };
  const body = (): never => {
    throw new TypeError('body');
  };
  assert.throws(() => runVirtual(() => asyncWith(locked, body)), new RangeError('no beer'));
});

test('a cancel in the body lets exit run to its end', () => {
  const notes: string[] = [];
  runVirtual(function* () {
    const task = createTask(asyncWith(manager(notes), () => sleep(1_000)));
    yield* sleep(5);
    task.cancel('enough');
    yield* asyncWith({ enter: () => sleep(0), exit: swallow }, function* () {
      yield* task;
    });
  });
  function* swallow(error: unknown): Coroutine<boolean> {
    notes.push(String(error instanceof CancelledError));
    return true;
  }
  assert.deepEqual(notes, ['enter', 'exit: enough', 'true']);
});

test('a cancel in enter, and in exit, is thrown', () => {
  const notes: string[] = [];
  runVirtual(function* () {
    const entering = createTask(asyncWith(manager(notes), fails));
    yield* sleep(0);
    entering.cancel();
    const leaving = createTask(asyncWith(manager(notes), () => sleep(0)));
    yield* sleep(1.5);
    leaving.cancel();
    yield* sleep(5);
    assert.ok(entering.cancelled() && leaving.cancelled());
  });
  assert.deepEqual(notes, ['enter']);
});

test('it is a coroutine, awaited once, and nothing happens before', () => {
  const notes: string[] = [];
  const coroutine = asyncWith(manager(notes), () => sleep(0));
  assert.ok(isCoroutine(coroutine));
  runVirtual(() => coroutine as Coroutine<unknown>);
  assert.deepEqual(notes, ['enter', 'exit']);
  assert.deepEqual(coroutine.next(), { value: undefined, done: true });
  assert.throws(() => [...coroutine], /already awaited/);
});

test('return ends it without exit, and ends the body', () => {
  const notes: string[] = [];
  function* body(): Coroutine<void> {
    try {
      yield* sleep(1_000);
    } finally {
      notes.push('body over');
    }
  }
  runVirtual(function* () {
    const coroutine = asyncWith({ enter: () => sleep(0), exit: () => sleep(0) }, body);
    createTask(coroutine);
    yield* sleep(5);
    assert.deepEqual(coroutine.return(undefined as never), { value: undefined, done: true });
  });
  assert.deepEqual(notes, ['body over']);
});

test('what is no manager, no coroutine and no body is a TypeError that says so', () => {
  const thrown = (manager: unknown, body: unknown): Error => {
    try {
      runVirtual(() => asyncWith(manager as never, body as never) as Coroutine<unknown>);
    } catch (error) {
      return error as Error;
    }
    return new Error('nothing was thrown');
  };
  assert.match(String(thrown({}, fails)), /TypeError: asyncWith expects an object with enter and exit/);
  assert.match(String(thrown({ enter: () => 1, exit: () => 1 }, fails)), /TypeError: enter .* must give a coroutine/);
  assert.match(String(thrown(manager([]), () => 1)), /TypeError: the body of asyncWith must be/);
  assert.match(
    String(thrown({ enter: () => sleep(0), exit: () => 1 }, () => sleep(0))),
    /TypeError: exit .* must give/,
  );
});

test('a body that throws undefined has failed all the same: the manager is told of an error', () => {
  runVirtual(function* () {
    const seen = yield* outcome(
      asyncWith(new TaskGroup(), function* (group) {
        group.createTask(sleep(1_000));
        throw undefined;
      }),
    );
    assert.match(String(seen), /ExceptionGroup/);
    const stacked = yield* outcome(
      asyncWith(new AsyncExitStack(), function* (stack) {
        const group = yield* stack.enterContext(new TaskGroup());
        group.createTask(sleep(1_000));
        stack.callback(() => {
          throw undefined;
        });
      }),
    );
    assert.match(String(stacked), /ExceptionGroup/);
    assert.equal(getRunningLoop().time(), 0);
  });
});
