import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TaskList, type TaskNode } from '../../src/core/task-list.ts';

const node = (): TaskNode => ({ listIndex: -1 });

test('the order of adding is kept, whoever leaves in between', () => {
  const list = new TaskList();
  let expected: TaskNode[] = [];
  for (let i = 0; i < 3_000; i += 1) {
    const task = node();
    list.add(task);
    expected.push(task);
    if (i % 3 === 0) continue;
    const gone = expected[(i * 7919) % expected.length]!;
    list.remove(gone);
    expected = expected.filter((one) => one !== gone);
    assert.equal(gone.listIndex, -1);
  }
  assert.equal(list.size, expected.length);
  assert.deepEqual(list.list(), expected);
  for (const task of expected) list.remove(task);
  assert.deepEqual(list.list(), []);
});

test('to remove what is not in it changes nothing', () => {
  const list = new TaskList();
  const task = node();
  list.remove(task);
  list.add(task);
  list.remove(task);
  list.remove(task);
  assert.equal(list.size, 0);
});
