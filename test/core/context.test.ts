import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  allTasks,
  Context,
  ContextVar,
  type Coroutine,
  copyContext,
  createTask,
  currentTask,
  gather,
  getRunningLoop,
  LookupError,
  RuntimeError,
  sleep,
  Task,
  Token,
} from 'tsyncio';
import { runVirtual } from 'tsyncio/testing';

const drink = new ContextVar<string>('drink', { defaultValue: 'water' });
const bare = new ContextVar<number>('bare');

test('get: the value, else the default given, else its own, else LookupError', () => {
  new Context().run(() => {
    assert.equal(drink.get(), 'water');
    assert.equal(drink.get('wine'), 'wine');
    drink.set('beer');
    assert.equal(drink.get('wine'), 'beer');
    assert.throws(() => bare.get(), LookupError);
    assert.equal(bare.get(5), 5);
  });
});

test('reset gives the former value back, once, in the same context and for the same variable only', () => {
  const context = new Context();
  context.run(() => {
    const first = drink.set('beer');
    const second = drink.set('wine');
    assert.ok(first instanceof Token);
    assert.equal(first.oldValue, undefined);
    assert.equal(second.oldValue, 'beer');
    assert.equal(second.variable, drink);
    drink.reset(second);
    assert.equal(drink.get(), 'beer');
    assert.throws(() => drink.reset(second), { name: 'RuntimeError', message: /already been used/ });
    assert.throws(() => bare.reset(first as never), { name: 'RangeError', message: /another variable/ });
    assert.throws(() => drink.reset({} as never), TypeError);
    context.copy().run(() => {
      assert.throws(() => drink.reset(first), { name: 'RangeError', message: /different Context/ });
    });
    drink.reset(first);
    assert.equal(drink.get(), 'water');
    assert.equal(context.has(drink), false);
  });
});

test('a copy shares nothing that is written later, on either side', () => {
  const one = new Context();
  one.run(() => drink.set('beer'));
  const two = one.copy();
  one.run(() => drink.set('wine'));
  two.run(() => bare.set(1));
  assert.deepEqual([one.get(drink), two.get(drink)], ['wine', 'beer']);
  assert.deepEqual([one.size, two.size], [1, 2]);
  assert.deepEqual([...two.keys()], [drink, bare]);
});

test('a context cannot be entered twice at once', () => {
  const context = new Context();
  context.run(() => {
    assert.throws(() => context.run(() => {}), RuntimeError);
  });
  assert.equal(
    context.run(() => 'again'),
    'again',
  );
});

test('each task runs in a copy of the context in which it was made; a given one is used as it is', () => {
  runVirtual(function* () {
    drink.set('beer');
    function* drinking(next: string): Coroutine<string> {
      const before = drink.get();
      drink.set(next);
      yield* sleep(1);
      return `${before}, ${drink.get()}`;
    }
    const copied = createTask(drinking('wine'));
    const own = copyContext();
    const given = createTask(drinking('gin'), { context: own });
    drink.set('tea');
    assert.equal(yield* copied, 'beer, wine');
    assert.equal(yield* given, 'beer, gin');
    assert.equal(given.getContext(), own);
    assert.equal(own.get(drink), 'gin');
    assert.equal(drink.get(), 'tea');
  });
});

test('a call by yield* shares the context', () => {
  runVirtual(function* () {
    function* inner(): Coroutine<void> {
      drink.set('set inside');
      yield* sleep(1);
    }
    yield* inner();
    assert.equal(drink.get(), 'set inside');
  });
});

test('each handle runs in a copy made with it', () => {
  const seen: string[] = [];
  runVirtual(function* () {
    const loop = getRunningLoop();
    drink.set('beer');
    loop.callSoon(() => {
      seen.push(drink.get());
      drink.set('changed inside');
    });
    loop.callLater(1, () => seen.push(drink.get()));
    const own = new Context();
    own.run(() => drink.set('own'));
    loop.callSoon(() => seen.push(drink.get()), { context: own });
    drink.set('later');
    yield* sleep(5);
    seen.push(drink.get());
  });
  assert.deepEqual(seen, ['beer', 'own', 'beer', 'later']);
});

test('a variable needs a name', () => {
  assert.throws(() => new ContextVar(5 as never), TypeError);
});

test('a task has one context, whenever it is asked for it', () => {
  const seen: Context[] = [];
  const ask = (): void => void seen.push(currentTask()!.getContext());
  runVirtual(function* () {
    function* asks(set: boolean, within: boolean): Coroutine<void> {
      yield* sleep(1);
      if (set) drink.set('beer');
      if (within) new Context().run(ask);
      else ask();
      ask();
      if (!set) drink.set('wine');
      yield* sleep(1);
      new Context().run(ask);
      assert.equal(currentTask()!.getContext().get(drink), set ? 'beer' : 'wine');
    }
    for (const [set, within] of [
      [false, false],
      [false, true],
      [true, false],
      [true, true],
    ] as const) {
      seen.length = 0;
      const task = createTask(asks(set, within));
      yield* task;
      assert.deepEqual(new Set(seen), new Set([task.getContext()]));
    }
    assert.equal(drink.get(), 'water');
  });
});

test('a context is asked for from outside: before, between and inside the steps', () => {
  runVirtual(function* () {
    function* drinks(): Coroutine<string> {
      yield* sleep(1);
      return drink.get();
    }
    const task = createTask(drinks());
    task.getContext().run(() => drink.set('beer'));
    assert.equal(yield* task, 'beer');
    const later = createTask(drinks());
    yield* sleep(0);
    later.getContext().run(() => drink.set('wine'));
    assert.equal(yield* later, 'wine');
    // An eager child is made inside a step of its parent, and asks for the parent's.
    const parent = currentTask()!;
    function* child(): Coroutine<Context> {
      return parent.getContext();
    }
    const eager = createTask(child(), { eagerStart: true });
    assert.equal(eager.result(), parent.getContext());
    new Context().run(() => {
      const inOther = createTask(child(), { eagerStart: true });
      assert.equal(inOther.result(), parent.getContext());
    });
    drink.set('mead');
    assert.equal(parent.getContext().get(drink), 'mead');
  });
});

test('a callback has one context, whenever its handle is asked for it', () => {
  runVirtual(function* () {
    const loop = getRunningLoop();
    const done = loop.createFuture<void>();
    const seen: Context[] = [];
    const ask = (): void => void seen.push(handle.getContext());
    function* child(): Coroutine<void> {
      ask();
      drink.set('gin');
    }
    const handle = loop.callSoon(() => {
      ask();
      drink.set('beer');
      new Context().run(ask);
      createTask(child(), { eagerStart: true });
      ask();
      assert.equal(handle.getContext().get(drink), 'beer');
      done.setResult();
    });
    yield* done;
    ask();
    assert.equal(seen.length, 5);
    assert.deepEqual(new Set(seen), new Set([handle.getContext()]));
    assert.equal(handle.getContext().get(drink), 'beer');
    assert.equal(drink.get(), 'water');
  });
});

test('an eager child of a callback finds the context of its handle', () => {
  runVirtual(function* () {
    const loop = getRunningLoop();
    const done = loop.createFuture<Context>();
    function* child(): Coroutine<Context> {
      return handle.getContext();
    }
    const handle = loop.callLater(1, () => {
      const eager = createTask(child(), { eagerStart: true });
      drink.set('beer');
      done.setResult(eager.result());
    });
    assert.equal(yield* done, handle.getContext());
    assert.equal(handle.getContext().get(drink), 'beer');
  });
});

test('done callbacks: what one sets is unknown to the next', () => {
  const seen: string[] = [];
  runVirtual(function* () {
    const future = getRunningLoop().createFuture<void>();
    const own = new Context();
    for (const name of ['gin', 'rum']) {
      future.addDoneCallback(() => {
        seen.push(drink.get());
        drink.set(name);
      });
    }
    future.addDoneCallback(() => drink.set('own'), { context: own });
    future.addDoneCallback(() => {
      drink.set('lost');
      throw new Error('after it was set');
    });
    getRunningLoop().setExceptionHandler(() => seen.push(drink.get()));
    future.setResult();
    yield* sleep(1);
    assert.equal(own.get(drink), 'own');
  });
  // The handler runs in the context of the callback that failed.
  assert.deepEqual(seen, ['water', 'water', 'lost']);
});

test('what a task sets stays its own, and its children begin with it', () => {
  const seen: string[] = [];
  runVirtual(function* () {
    function* child(name: string): Coroutine<void> {
      seen.push(`${name} ${drink.get()}`);
      drink.set(name);
      yield* sleep(1);
      seen.push(`${name} ${drink.get()}`);
    }
    drink.set('parent');
    const first = createTask(child('first'));
    const eager = createTask(child('eager'), { eagerStart: true });
    getRunningLoop().callSoon(() => {
      seen.push(`callback ${drink.get()}`);
      drink.set('callback');
    });
    yield* gather([first, eager]);
    seen.push(drink.get());
  });
  assert.deepEqual(seen, ['eager parent', 'first parent', 'callback parent', 'eager eager', 'first first', 'parent']);
});

test('what is no context is refused at once', () => {
  runVirtual(function* () {
    const loop = getRunningLoop();
    const context = { name: 'no context' } as never;
    const refused = { name: 'TypeError', message: /^context must be a Context, got an object of type Object/ };
    assert.throws(() => createTask(sleep(1), { context }), refused);
    assert.throws(() => new Task(sleep(1), { context }), refused);
    assert.throws(() => loop.callSoon(() => {}, { context }), refused);
    assert.throws(() => loop.callLater(1, () => {}, { context }), refused);
    assert.throws(() => loop.createFuture().addDoneCallback(() => {}, { context }), refused);
    assert.equal(allTasks().size, 1);
    yield* sleep(2);
  });
});
