import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AsyncExitStack, asyncWith, Lock, sleep } from 'tsyncio';
import { runVirtual } from 'tsyncio/testing';
import { thrown } from '../support/thrown.ts';

test('everything is left in the opposite order, and told what was thrown', () => {
  runVirtual(function* () {
    const log: string[] = [];
    const failure = new Error('body');
    const block = asyncWith(new AsyncExitStack(), function* (stack) {
      const value = yield* stack.enterContext({
        *enter() {
          yield* sleep(1);
          return 'value';
        },
        *exit(error) {
          yield* sleep(1);
          log.push(`manager ${String(error)}`);
        },
      });
      assert.equal(value, 'value');
      stack.callback(() => log.push('callback'));
      stack.pushAsyncCallback(function* () {
        yield* sleep(1);
        log.push('async callback');
      });
      stack.push((error) => void log.push(`pushed ${String(error)}`));
      stack.use({ [Symbol.dispose]: () => void log.push('disposed') });
      throw failure;
    });
    assert.equal(yield* thrown(block), failure);
    assert.deepEqual(log, ['disposed', 'pushed Error: body', 'async callback', 'callback', 'manager Error: body']);
  });
});

test('an exit that gives true swallows the error for those below and outside', () => {
  runVirtual(function* () {
    const seen: unknown[] = [];
    const result = yield* asyncWith(new AsyncExitStack(), function* (stack) {
      stack.push((error) => void seen.push(error));
      stack.push(function* () {
        yield* sleep(1);
        return true;
      });
      stack.push((error) => void seen.push((error as Error).message));
      throw new Error('body');
    });
    assert.equal(result, undefined);
    assert.deepEqual(seen, ['body', undefined]);
  });
});

test('an exit that throws replaces the error and keeps it as the cause; all others are left still', () => {
  runVirtual(function* () {
    const body = new Error('body');
    const exit = new Error('exit');
    const seen: unknown[] = [];
    const block = asyncWith(new AsyncExitStack(), function* (stack) {
      stack.push((error) => void seen.push(error));
      stack.push(() => {
        throw exit;
      });
      throw body;
    });
    assert.equal(yield* thrown(block), exit);
    assert.equal(exit.cause, body);
    assert.deepEqual(seen, [exit]);
  });
});

test('an exit that throws although nothing was thrown, and one below that swallows it', () => {
  runVirtual(function* () {
    const stack = new AsyncExitStack();
    stack.push(() => true);
    stack.callback(() => {
      throw new Error('exit');
    });
    yield* stack.aclose();
    stack.callback(() => {
      throw new Error('alone');
    });
    assert.equal((yield* thrown(stack.aclose())).message, 'alone');
  });
});

test('popAll moves everything; aclose leaves it', () => {
  runVirtual(function* () {
    const lock = new Lock();
    let kept: AsyncExitStack | undefined;
    yield* asyncWith(new AsyncExitStack(), function* (stack) {
      yield* stack.enterContext(lock);
      kept = stack.popAll();
    });
    assert.equal(lock.locked(), true);
    yield* kept!.aclose();
    assert.equal(lock.locked(), false);
    yield* kept!.aclose();
  });
});

test('a manager whose enter throws is not left; push leaves one without entering it', () => {
  runVirtual(function* () {
    const log: string[] = [];
    const manager = {
      *enter() {
        throw new Error('enter');
      },
      *exit() {
        log.push('exit');
      },
    };
    const stack = new AsyncExitStack();
    assert.equal((yield* thrown(stack.enterContext(manager))).message, 'enter');
    yield* stack.aclose();
    assert.deepEqual(log, []);
    assert.equal(stack.push(manager), manager);
    yield* stack.aclose();
    assert.deepEqual(log, ['exit']);
  });
});

test('bad input', () => {
  runVirtual(function* () {
    const stack = new AsyncExitStack();
    assert.ok((yield* thrown(stack.enterContext({} as never))) instanceof TypeError);
    assert.throws(() => stack.push({} as never), TypeError);
    assert.throws(() => stack.callback(1 as never), TypeError);
    assert.throws(() => stack.pushAsyncCallback(1 as never), TypeError);
    assert.throws(() => stack.use({} as never), TypeError);
  });
});
