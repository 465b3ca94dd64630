import assert from 'node:assert/strict';
import { EventEmitter, getEventListeners } from 'node:events';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import {
  asyncFor,
  BREAK,
  CancelledError,
  type Coroutine,
  collect,
  createTask,
  DeadlockError,
  gather,
  on,
  once,
  run,
  sleep,
  taskSignal,
  toAsyncIterable,
  waitFor,
  wrapFuture,
} from 'tsyncio';
import { runVirtual } from 'tsyncio/testing';
import { outcome } from '../support/collect-errors.ts';

const listeners = (emitter: EventEmitter): number =>
  emitter.eventNames().reduce((total, name) => total + emitter.listenerCount(name), 0);

function* emitSoon(emitter: EventEmitter, ...events: [string, ...unknown[]][]): Coroutine<void> {
  for (const [name, ...args] of events) {
    yield* sleep(1);
    emitter.emit(name, ...args);
  }
}

test('once: the arguments of the next event, and no listener left', () => {
  runVirtual(function* () {
    const emitter = new EventEmitter();
    createTask(emitSoon(emitter, ['other'], ['order', 'beer', 2], ['order', 'wine', 1]));
    assert.deepEqual(yield* once(emitter, 'order'), ['beer', 2]);
    assert.equal(listeners(emitter), 0);
  });
});

test('once listens from the call on', () => {
  runVirtual(function* () {
    const emitter = new EventEmitter();
    const order = once(emitter, 'order');
    emitter.emit('order', 'beer');
    yield* sleep(1);
    assert.deepEqual(yield* order, ['beer']);
  });
});

test('once: an error rejects, unless it is what was asked for', () => {
  runVirtual(function* () {
    const emitter = new EventEmitter();
    createTask(emitSoon(emitter, ['error', new RangeError('no')]));
    assert.equal(yield* outcome(once(emitter, 'order')), 'RangeError: no');
    assert.equal(listeners(emitter), 0);
    createTask(emitSoon(emitter, ['error', 'as an event']));
    assert.deepEqual(yield* once(emitter, 'error'), ['as an event']);
    assert.equal(listeners(emitter), 0);
  });
});

test('once: an EventTarget', () => {
  runVirtual(function* () {
    const target = new EventTarget();
    const asked = once(target, 'order');
    const event = new Event('order');
    target.dispatchEvent(event);
    assert.deepEqual(yield* asked, [event]);
    assert.equal(getEventListeners(target, 'order').length, 0);
    assert.equal(getEventListeners(target, 'error').length, 0);
  });
});

test('once, cancelled: no listener, inside cancel() already', () => {
  runVirtual(function* () {
    const emitter = new EventEmitter();
    const target = new EventTarget();
    let signal!: AbortSignal;
    const tasks = [emitter, target].map((source) =>
      createTask(
        (function* () {
          signal = taskSignal();
          yield* once(source as EventEmitter, 'order');
        })(),
      ),
    );
    yield* sleep(1);
    for (const task of tasks) task.cancel('closing time');
    assert.equal(listeners(emitter), 0);
    assert.equal(getEventListeners(target, 'order').length, 0);
    assert.deepEqual(yield* gather(tasks.map(outcome)), Array(2).fill('CancelledError: closing time'));
    assert.ok(signal.reason instanceof CancelledError);
    const asked = once(emitter, 'order');
    assert.match(String(yield* outcome(waitFor(asked, 1))), /^TimeoutError/);
    assert.equal(listeners(emitter), 0);
  });
});

test('once with a signal', () => {
  runVirtual(function* () {
    const emitter = new EventEmitter();
    const controller = new AbortController();
    const { signal } = controller;
    const asked = once(emitter, 'order', { signal });
    emitter.emit('order', 'beer');
    assert.deepEqual(yield* asked, ['beer']);
    assert.equal(getEventListeners(signal, 'abort').length, 0);
    const late = once(emitter, 'order', { signal });
    controller.abort(new RangeError('enough'));
    assert.equal(yield* outcome(late), 'RangeError: enough');
    assert.equal(listeners(emitter), 0);
    assert.equal(getEventListeners(signal, 'abort').length, 0);
    assert.equal(yield* outcome(once(emitter, 'order', { signal })), 'RangeError: enough');
    assert.equal(listeners(emitter), 0);
  });
});

test('bad input', async () => {
  assert.throws(() => once(new EventEmitter(), 'order'), /no running event loop/);
  await run(function* () {
    assert.throws(() => once({} as never, 'order'), { name: 'TypeError', message: /once expects an EventEmitter/ });
    assert.throws(() => once(undefined as never, 'order'), TypeError);
    assert.throws(() => on(5 as never, 'order'), { name: 'TypeError', message: /on expects an EventEmitter/ });
    assert.throws(() => once(new EventEmitter(), 'order', { signal: 5 as never }), TypeError);
    assert.throws(() => on(new EventEmitter(), 'order', { highWaterMark: 5 }), TypeError);
    assert.throws(() => on(new PassThrough(), 'data', { highWaterMark: 0 }), RangeError);
  });
});

test('who waits for an event that nobody can emit is named', () => {
  const stuck = (): void =>
    runVirtual(function* () {
      yield* once(new EventEmitter(), 'order');
    });
  assert.throws(stuck, (error) => error instanceof DeadlockError && /once order of/.test(error.message));
});

test('on: every event, also those that come while nobody asks', () => {
  runVirtual(function* () {
    const emitter = new EventEmitter();
    const orders = on<[string]>(emitter, 'order', { close: ['closing time'] });
    for (const what of ['beer', 'wine']) emitter.emit('order', what);
    createTask(emitSoon(emitter, ['order', 'tea'], ['order', 'water'], ['closing time'], ['order', 'too late']));
    const all: string[] = [];
    yield* asyncFor(orders, function* ([what]) {
      yield* sleep(10);
      all.push(what);
    });
    assert.deepEqual(all, ['beer', 'wine', 'tea', 'water']);
    assert.equal(listeners(emitter), 0);
  });
});

test('on: an error comes after the events before it, once', () => {
  runVirtual(function* () {
    const emitter = new EventEmitter();
    const orders = on<[string]>(emitter, 'order');
    emitter.emit('order', 'beer');
    emitter.emit('error', new RangeError('no'));
    assert.equal(listeners(emitter), 0);
    assert.deepEqual(yield* orders.next(), { value: ['beer'], done: false });
    assert.equal(yield* outcome(orders.next()), 'RangeError: no');
    assert.deepEqual(yield* orders.next(), { value: undefined, done: true });
  });
});

test('on: an EventTarget; comprehensions', () => {
  runVirtual(function* () {
    const target = new EventTarget();
    const orders = on(target, 'order', { close: ['closing time'] });
    for (const name of ['order', 'order', 'closing time']) target.dispatchEvent(new Event(name));
    const types = (yield* collect(orders)).map(([event]) => event.type);
    assert.deepEqual(types, ['order', 'order']);
    for (const name of ['order', 'closing time']) assert.equal(getEventListeners(target, name).length, 0);
  });
});

test('on: left early, by BREAK, an error in the body, close and using', () => {
  runVirtual(function* () {
    const emitter = new EventEmitter();
    function* leave(body: () => Coroutine<typeof BREAK>): Coroutine<void> {
      const orders = on(emitter, 'order', { close: ['end'] });
      emitter.emit('order');
      yield* asyncFor(orders, body);
    }
    yield* leave(function* () {
      return BREAK;
    });
    assert.equal(listeners(emitter), 0);
    const failing = leave(function* () {
      throw new RangeError('no');
    });
    assert.equal(yield* outcome(failing), 'RangeError: no');
    assert.equal(listeners(emitter), 0);
    const orders = on(emitter, 'order');
    emitter.emit('order');
    assert.equal(listeners(emitter), 2);
    orders.close();
    orders.close();
    assert.equal(listeners(emitter), 0);
    assert.deepEqual(yield* orders.next(), { value: undefined, done: true });
    {
      using _orders = on(emitter, 'order');
      assert.equal(listeners(emitter), 2);
    }
    assert.equal(listeners(emitter), 0);
  });
});

test('on, cancelled while it waits: no listener; what came in the same turn is not lost', () => {
  runVirtual(function* () {
    const emitter = new EventEmitter();
    const orders = on<[string]>(emitter, 'order');
    const task = createTask(orders.next());
    yield* sleep(1);
    emitter.emit('order', 'beer');
    task.cancel('closing time');
    assert.equal(yield* outcome(task), 'CancelledError: closing time');
    assert.equal(listeners(emitter), 0);
    assert.deepEqual(yield* orders.next(), { value: ['beer'], done: false });
    assert.deepEqual(yield* orders.next(), { value: undefined, done: true });
  });
});

test('on with a signal', () => {
  runVirtual(function* () {
    const emitter = new EventEmitter();
    const controller = new AbortController();
    const { signal } = controller;
    const orders = on(emitter, 'order', { signal });
    const asked = createTask(orders.next());
    yield* sleep(1);
    controller.abort(new RangeError('enough'));
    assert.equal(yield* outcome(asked), 'RangeError: enough');
    assert.equal(listeners(emitter), 0);
    assert.equal(getEventListeners(signal, 'abort').length, 0);
    assert.equal(yield* outcome(on(emitter, 'order', { signal }).next()), 'RangeError: enough');
    assert.equal(listeners(emitter), 0);
  });
});

test('on with a high water mark pauses what can be paused, and loses nothing', () =>
  run(function* () {
    const stream = new PassThrough({ objectMode: true, highWaterMark: 1_000 });
    const items = on<[number]>(stream, 'data', { close: ['end'], highWaterMark: 3 });
    for (let i = 0; i < 100; i += 1) stream.write(i);
    stream.end();
    let most = 0;
    const seen: number[] = [];
    yield* asyncFor(items, function* ([item]) {
      yield* wrapFuture(new Promise((resolve) => setImmediate(resolve)));
      most = Math.max(most, 100 - stream.readableLength - stream.writableLength - seen.length);
      seen.push(item);
    });
    assert.deepEqual(
      seen,
      Array.from({ length: 100 }, (_, i) => i),
    );
    assert.ok(most <= 4, `${most} were taken ahead`);
  }));

test('on for native code, by toAsyncIterable', () =>
  run(function* () {
    const emitter = new EventEmitter();
    const orders = toAsyncIterable(on<[string]>(emitter, 'order'));
    const read = (async () => {
      for await (const [what] of orders) if (what === 'wine') return what;
      return 'never';
    })();
    emitter.emit('order', 'beer');
    emitter.emit('order', 'wine');
    assert.equal(yield* wrapFuture(read), 'wine');
    assert.equal(listeners(emitter), 0);
  }));

test('events of Node wake the loop while it sleeps', () =>
  run(function* () {
    const emitter = new EventEmitter();
    setTimeout(() => emitter.emit('order', 'beer'), 1);
    assert.deepEqual(yield* waitFor(once(emitter, 'order'), 60_000), ['beer']);
    const orders = on(emitter, 'order');
    setTimeout(() => emitter.emit('order', 'wine'), 1);
    assert.deepEqual((yield* waitFor(orders.next(), 60_000)).value, ['wine']);
    orders.close();
  }));
