import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Coroutine, createTask, gather, Queue, QueueEmpty, QueueFull, QueueShutDown } from 'tsyncio';
import { runVirtual } from 'tsyncio/testing';
import { countTurns, traced, turns } from './helpers.ts';

type Log = (event: string) => void;

function* get(queue: Queue<number>, name: string, log: Log): Coroutine<void> {
  try {
    log(`${name} got ${yield* queue.get()}`);
  } catch (error) {
    log(`${name} ${(error as Error).name}`);
    throw error;
  }
}

function* put(queue: Queue<number>, item: number, log: Log): Coroutine<void> {
  try {
    yield* queue.put(item);
    log(`put ${item}`);
  } catch (error) {
    log(`not put ${item} ${(error as Error).name}`);
    throw error;
  }
}

test('put and get do not suspend when they need not', () => {
  runVirtual(function* () {
    const queue = new Queue<number>(2);
    assert.equal(yield* countTurns(queue.put(1)), 0);
    yield* queue.put(2);
    assert.equal(queue.full(), true);
    assert.equal(queue.qsize(), 2);
    assert.equal(yield* queue.get(), 1);
    assert.equal(yield* countTurns(queue.get()), 0);
    assert.equal(queue.empty(), true);
  });
});

test('order is kept over many items', () => {
  runVirtual(function* () {
    const queue = new Queue<number>();
    const got: number[] = [];
    for (let i = 0; i < 100; i += 1) {
      queue.putNowait(2 * i);
      queue.putNowait(2 * i + 1);
      if (i % 2 === 0) got.push(queue.getNowait());
    }
    while (!queue.empty()) got.push(queue.getNowait());
    assert.deepEqual(
      got,
      Array.from({ length: 200 }, (_, i) => i),
    );
  });
});

test('a newcomer may take the item of a woken getter, which then queues up at the end', () => {
  const events = traced(function* (log) {
    const queue = new Queue<number>();
    const a = createTask(get(queue, 'a', log));
    const b = createTask(get(queue, 'b', log));
    yield* turns(1);
    queue.putNowait(1);
    assert.equal(queue.qsize(), 1, 'the item stays in the queue');
    log(`newcomer got ${queue.getNowait()}`);
    yield* turns(1);
    queue.putNowait(2);
    queue.putNowait(3);
    yield* gather([a, b]);
  });
  assert.deepEqual(events, ['newcomer got 1', 'b got 2', 'a got 3']);
});

test('the same for putters', () => {
  const events = traced(function* (log) {
    const queue = new Queue<number>(1);
    queue.putNowait(0);
    const a = createTask(put(queue, 1, log));
    const b = createTask(put(queue, 2, log));
    yield* turns(1);
    queue.getNowait();
    queue.putNowait(9);
    yield* turns(1);
    for (const expected of [9, 2, 1]) {
      assert.equal(queue.getNowait(), expected);
      yield* turns(1);
    }
    yield* gather([a, b]);
  });
  assert.deepEqual(events, ['put 2', 'put 1']);
});

test('a woken getter that is cancelled wakes the next, if there still is something', () => {
  const events = traced(function* (log) {
    const queue = new Queue<number>();
    const a = createTask(get(queue, 'a', log));
    const b = createTask(get(queue, 'b', log));
    yield* turns(1);
    queue.putNowait(1);
    a.cancel();
    yield* b;
    const c = createTask(get(queue, 'c', log));
    const d = createTask(get(queue, 'd', log));
    yield* turns(1);
    queue.putNowait(2);
    c.cancel();
    queue.getNowait();
    yield* turns(3);
    log(`d done ${d.done()}`);
    d.cancel();
    yield* turns(1);
    assert.equal(queue._getters.length, 0);
  });
  assert.deepEqual(events, ['a CancelledError', 'b got 1', 'c CancelledError', 'd done false', 'd CancelledError']);
});

test('a woken putter that is cancelled wakes the next', () => {
  const events = traced(function* (log) {
    const queue = new Queue<number>(1);
    queue.putNowait(0);
    const a = createTask(put(queue, 1, log));
    const b = createTask(put(queue, 2, log));
    yield* turns(1);
    queue.getNowait();
    a.cancel();
    yield* b;
  });
  assert.deepEqual(events, ['not put 1 CancelledError', 'put 2']);
});

test('join returns if the count was 0 once, even if it has grown since', () => {
  const events = traced(function* (log) {
    const queue = new Queue<number>();
    yield* queue.join();
    queue.putNowait(1);
    const join = createTask(queue.join());
    yield* turns(1);
    queue.getNowait();
    queue.taskDone();
    queue.putNowait(2);
    yield* turns(1);
    log(`joined ${join.done()}, ${queue}`);
  });
  assert.deepEqual(events, ['joined true, <Queue maxsize=0 size=1 tasks=1>']);
});

test('shutdown wakes putters, who find out for themselves; what is left can be got', () => {
  const events = traced(function* (log) {
    const queue = new Queue<number>(1);
    queue.putNowait(0);
    const putters = [createTask(put(queue, 1, log)), createTask(put(queue, 2, log))];
    yield* turns(1);
    queue.shutdown();
    yield* get(queue, 'getter', log);
    yield* gather(putters, { returnExceptions: true });
    assert.throws(() => queue.getNowait(), QueueShutDown);
    assert.throws(() => queue.putNowait(1), QueueShutDown);
  });
  assert.deepEqual(events, ['getter got 0', 'not put 1 QueueShutDown', 'not put 2 QueueShutDown']);
});

test('shutdown with nothing in it makes those who wait throw', () => {
  const events = traced(function* (log) {
    const queue = new Queue<number>();
    const tasks = ['a', 'b'].map((name) => createTask(get(queue, name, log)));
    yield* turns(1);
    queue.shutdown();
    yield* gather(tasks, { returnExceptions: true });
    assert.match(String(queue), /shutdown/);
  });
  assert.deepEqual(events, ['a QueueShutDown', 'b QueueShutDown']);
});

test('shutdown({ immediate }) empties it, counts each item as done, and lets join return', () => {
  runVirtual(function* () {
    const queue = new Queue<number>();
    queue.putNowait(1);
    queue.putNowait(2);
    const join = createTask(queue.join());
    yield* turns(1);
    queue.shutdown({ immediate: true });
    yield* join;
    assert.equal(queue.qsize(), 0);
    assert.throws(() => queue.taskDone(), new RangeError('taskDone() called too many times'));
  });
});

test('shutdown({ immediate }) does not finish what was taken out before', () => {
  runVirtual(function* () {
    const queue = new Queue<number>();
    queue.putNowait(1);
    queue.putNowait(2);
    queue.getNowait();
    const join = createTask(queue.join());
    yield* turns(1);
    queue.shutdown({ immediate: true });
    yield* turns(2);
    assert.equal(join.done(), false);
    queue.taskDone();
    yield* join;
  });
});

test('nowait errors, repr, bad maxsize', () => {
  runVirtual(function* () {
    const queue = new Queue<number>(1);
    assert.throws(() => queue.getNowait(), QueueEmpty);
    queue.putNowait(1);
    assert.throws(() => queue.putNowait(2), QueueFull);
    const putter = createTask(queue.put(2));
    yield* turns(1);
    assert.equal(String(queue), '<Queue maxsize=1 size=1 putters=1 tasks=1>');
    putter.cancel();
    yield* turns(1);
    assert.throws(() => new Queue(1.5), TypeError);
    assert.throws(() => new Queue('1' as unknown as number), TypeError);
    assert.equal(new Queue(-1).full(), false);
    assert.equal(new Queue(Number.POSITIVE_INFINITY).full(), false);
  });
});
