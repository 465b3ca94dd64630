import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  asyncGenerator,
  Condition,
  type Coroutine,
  coroutine,
  createTask,
  type ExceptionContext,
  getRunningLoop,
  Lock,
  newEventLoop,
  sleep,
  waitFor,
} from 'tsyncio';
import { runVirtual } from 'tsyncio/testing';

function reportsOf(body: Parameters<typeof runVirtual<void>>[0], debug = true): ExceptionContext[] {
  const reports: ExceptionContext[] = [];
  runVirtual(body, { debug, exceptionHandler: (_loop, context) => reports.push(context) });
  return reports;
}

test('a marked coroutine that is never awaited is reported with where it was made', () => {
  const serve = coroutine(function* serve(customer: string) {
    yield* sleep(1);
    return customer;
  });
  const reports = reportsOf(function* () {
    serve('Ann');
    assert.equal(yield* serve('Bob'), 'Bob');
    yield* createTask(serve('Cid'));
  });
  assert.deepEqual(
    reports.map((report) => report.message),
    ["coroutine 'serve' was never awaited"],
  );
  assert.match(reports[0]!.sourceTraceback!, /debug\.test\.ts/);
});

test("the library's own coroutines are watched as well, and nothing is when debug mode is off", () => {
  function* forgets() {
    sleep(5);
  }
  assert.equal(reportsOf(forgets)[0]?.message, "coroutine 'sleep' was never awaited");
  assert.deepEqual(reportsOf(forgets, false), []);
  assert.throws(() => coroutine((() => 1) as never), /expects a function\*/);
});

test('a step of an asynchronous generator that is never awaited', () => {
  const reports = reportsOf(function* () {
    const ticks = asyncGenerator(function* ticks(emit) {
      yield* emit(1);
    });
    ticks.next();
    ticks.asend(undefined);
    ticks.athrow(new RangeError('no'));
    ticks.aclose();
    assert.deepEqual(yield* ticks.next(), { value: 1, done: false });
    yield* ticks.aclose();
  });
  assert.deepEqual(
    reports.map((report) => report.message),
    ['next', 'asend', 'athrow', 'aclose'].map((method) => `coroutine '${method} of ticks' was never awaited`),
  );
});

test('a slow callback is named, with where it was made', () => {
  const warnings: string[] = [];
  const warn = console.warn;
  console.warn = (text: string) => warnings.push(text);
  try {
    reportsOf(function* () {
      getRunningLoop().slowCallbackDuration = 0;
      getRunningLoop().callSoon(function pourSlowly() {});
      const future = getRunningLoop().createFuture<void>();
      future.addDoneCallback(function drinkSlowly() {});
      future.setResult();
      yield* sleep(0);
    });
  } finally {
    console.warn = warn;
  }
  assert.ok(warnings.some((warning) => warning.startsWith('Executing <Handle drinkSlowly> took')));
  const text = warnings.find((warning) => warning.includes('pourSlowly'));
  assert.match(text ?? '', /^Executing <Handle pourSlowly> took .* ms\n {2}created:\n {4}at .*debug\.test\.ts:\d+/);
});

test('calls into another loop than the running one are refused', () => {
  const other = newEventLoop();
  other.setDebug(true);
  runVirtual(function* () {
    assert.throws(() => other.callSoon(() => {}), /other than the running one/);
  });
  other.close();
});

test('a task that is pending when its loop closes is reported', () => {
  const loop = newEventLoop();
  const reports: string[] = [];
  loop.setExceptionHandler((_loop, context) => reports.push(context.message));
  loop.createTask(sleep(1));
  loop.close();
  assert.deepEqual(reports, ['Task was destroyed but it is pending!']);
});

test('what was awaited to its end cannot be awaited again, as without debug mode', () => {
  reportsOf(function* () {
    const again = { name: 'RuntimeError', message: 'cannot reuse already awaited coroutine' };
    const done = getRunningLoop().createFuture<void>();
    done.setResult();
    for (const coroutine of [sleep(0), sleep(1), new Lock().acquire(), waitFor(done, 1)]) {
      yield* coroutine;
      assert.throws(() => (coroutine as Coroutine<unknown>)[Symbol.iterator](), again);
    }
    const refused = new Condition().wait();
    assert.throws(() => refused.next(), /un-acquired/);
    assert.throws(() => refused[Symbol.iterator](), again);
  });
});
