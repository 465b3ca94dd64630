import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Coroutine, createTask, Future, shield, sleep } from 'tsyncio';
import { runVirtual } from 'tsyncio/testing';
import { awaiting, describe, outcome, runReporting } from '../support/collect-errors.ts';

function* failAfter(ms: number, error: unknown): Coroutine<never> {
  yield* sleep(ms);
  throw error;
}

test('cancelling the outer future leaves the inner one running', () => {
  runVirtual(function* () {
    const inner = createTask(sleep(10, 'saved'));
    const waiting = createTask(outcome(shield(inner)));
    yield* sleep(1);
    waiting.cancel('out');
    assert.equal(yield* waiting, 'CancelledError: out');
    assert.equal(inner.done(), false);
    assert.equal(yield* inner, 'saved');
  });
});

test('results and failures come through', () => {
  runVirtual(function* () {
    assert.equal(yield* shield(sleep(1, 'fine')), 'fine');
    assert.equal(yield* outcome(shield(failAfter(1, new RangeError('no')))), 'RangeError: no');
    assert.equal(yield* outcome(shield(failAfter(1, 'text'))), 'text');
  });
});

test('a finished inner is returned itself', () => {
  runVirtual(function* () {
    const inner = new Future<number>();
    inner.setResult(1);
    assert.equal(shield(inner), inner);
  });
});

test("the inner's cancellation cancels the outer; the message is lost", () => {
  runVirtual(function* () {
    const inner = createTask(sleep(50));
    const outer = shield(inner);
    yield* sleep(1);
    inner.cancel('inner');
    assert.equal(yield* outcome(outer), 'CancelledError');
    assert.equal(outer.cancelled(), true);
  });
});

test('a failure that nobody sees goes to the handler once, however many outers were cancelled', () => {
  const { reports } = runReporting(function* () {
    const inner = createTask(failAfter(10, new RangeError('unseen')));
    const outers = [shield(inner), shield(inner), shield(inner)];
    yield* sleep(1);
    outers[0]!.cancel();
    outers[1]!.cancel();
    assert.equal(yield* outcome(outers[2]!), 'RangeError: unseen');
    yield* sleep(20);
  });
  assert.deepEqual(
    reports.map(({ message, exception }) => [message, describe(exception)]),
    [['RangeError exception in shielded future', 'RangeError: unseen']],
  );
});

test('outer finished by hand and inner in one turn: InvalidStateError in a callback', () => {
  const { reports } = runReporting(function* () {
    const inner = new Future<number>();
    const outer = shield(inner);
    inner.setResult(1);
    outer.setResult(2);
    assert.equal(yield* outer, 2);
    yield* sleep(1);
  });
  assert.equal(reports.length, 1);
  assert.match(reports[0]!.message, /^Exception in callback/);
  assert.match(describe(reports[0]!.exception), /^InvalidStateError/);
});

test('a shielded coroutine ends although the task that waited for it was cancelled', () => {
  const seen: string[] = [];
  runVirtual(function* () {
    function* save(): Coroutine<void> {
      yield* sleep(10);
      seen.push('saved');
    }
    const task = createTask(awaiting(shield(save())));
    yield* sleep(1);
    task.cancel();
    yield* outcome(task);
    seen.push('cancelled');
    yield* sleep(20);
  });
  assert.deepEqual(seen, ['cancelled', 'saved']);
});
