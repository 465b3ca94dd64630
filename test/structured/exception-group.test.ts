import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ExceptionGroup, TimeoutError } from 'tsyncio';

const deep = new ExceptionGroup('inner', [new TimeoutError('a'), new RangeError('b')]);
const group = new ExceptionGroup('outer', [new TypeError('c'), deep, new TimeoutError('d')], { cause: 'why' });

const shape = (error: unknown): unknown =>
  error instanceof ExceptionGroup ? error.exceptions.map(shape) : (error as Error).message;

test('is an AggregateError, counted in its message', () => {
  assert.ok(group instanceof AggregateError && group instanceof Error);
  assert.equal(group.name, 'ExceptionGroup');
  assert.equal(group.message, 'outer (3 sub-exceptions)');
  assert.equal(new ExceptionGroup('one', [1]).message, 'one (1 sub-exception)');
  assert.equal(group.errors, group.exceptions);
  assert.throws(() => new ExceptionGroup('empty', []), RangeError);
});

test('split keeps the shape, message and cause', () => {
  const [timeouts, rest] = group.split(TimeoutError);
  assert.deepEqual(shape(timeouts), [['a'], 'd']);
  assert.deepEqual(shape(rest), ['c', ['b']]);
  assert.equal(timeouts?.message, 'outer (2 sub-exceptions)');
  assert.equal(timeouts?.cause, 'why');
  assert.equal(timeouts?.stack, group.stack);
});

test('split by builtin classes, own classes, ancestors and functions', () => {
  class Own extends Error {}
  const own = new ExceptionGroup('own', [new Own('o'), new RangeError('r')]);
  assert.deepEqual(shape(own.subgroup(Own)), ['o']);
  assert.deepEqual(shape(own.subgroup(RangeError)), ['r']);
  assert.deepEqual(shape(own.subgroup((error) => error instanceof Own)), ['o']);
  assert.deepEqual(
    shape(
      own.subgroup(function starred(error) {
        return (error as Error).message === 'r';
      }),
    ),
    ['r'],
  );
  assert.equal(own.subgroup(Error), own);
  assert.deepEqual(own.split(TypeError), [undefined, own.split(TypeError)[1]]);
  assert.deepEqual(shape(own.split(TypeError)[1]), ['o', 'r']);
  assert.throws(() => own.split('TypeError' as never), TypeError);
});

test('a function is asked about the group itself first', () => {
  const asked: unknown[] = [];
  const [all, none] = group.split((error) => {
    asked.push(error);
    return error === group;
  });
  assert.equal(all, group);
  assert.equal(none, undefined);
  assert.deepEqual(asked, [group]);
});
