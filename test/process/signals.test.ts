import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { test } from 'node:test';
import { ContextVar, Event, Future, getRunningLoop, newEventLoop, RuntimeError, run } from 'tsyncio';
import { checkLeaks } from '../support/check-leaks.ts';

checkLeaks();

/** To this process: harmless while somebody listens to it. */
const SIGNAL = 'SIGALRM';
const raise = (signal: NodeJS.Signals = SIGNAL): void => void process.kill(process.pid, signal);

test('a handler runs as a callback of the loop, in the context in which it was added, and keeps the program going', () =>
  run(function* () {
    const name = new ContextVar<string>('name');
    const loop = getRunningLoop();
    const got = new Future<string | undefined>();
    name.set('Ann');
    loop.addSignalHandler(SIGNAL, () => {
      assert.equal(getRunningLoop(), loop);
      got.setResult(name.get());
    });
    name.set('Bob');
    raise();
    assert.equal(yield* got, 'Ann');
    assert.equal(loop.removeSignalHandler(SIGNAL), true);
    assert.equal(loop.removeSignalHandler(SIGNAL), false);
    assert.equal(process.listenerCount(SIGNAL), 0);
  }));

test('a second handler replaces the first; several signals are apart; numbers are signals too', () =>
  run(function* () {
    const loop = getRunningLoop();
    const seen: string[] = [];
    const done = new Event();
    loop.addSignalHandler(SIGNAL, () => seen.push('replaced'));
    loop.addSignalHandler(constants.signals.SIGALRM, () => {
      seen.push('second');
      raise('SIGHUP');
    });
    loop.addSignalHandler('SIGHUP', () => done.set());
    assert.equal(process.listenerCount(SIGNAL), 1);
    raise();
    yield* done.wait();
    assert.deepEqual(seen, ['second']);
  }));

test('what a handler throws goes to the exception handler', () =>
  run(function* () {
    const loop = getRunningLoop();
    const reported = new Future<string>();
    loop.setExceptionHandler((_loop, context) => reported.setResult(String(context.exception)));
    loop.addSignalHandler(SIGNAL, () => {
      throw new Error('no');
    });
    raise();
    assert.equal(yield* reported, 'Error: no');
  }));

test('the end of the loop takes its handlers away', async () => {
  const loops = Array.from({ length: 20 }, () => newEventLoop());
  for (const loop of loops) loop.addSignalHandler(SIGNAL, () => {});
  assert.equal(process.listenerCount(SIGNAL), 1);
  for (const loop of loops) loop.close();
  assert.equal(process.listenerCount(SIGNAL), 0);
  assert.throws(() => loops[0]!.addSignalHandler(SIGNAL, () => {}), RuntimeError);
});

test('a handler for SIGINT takes Ctrl-C away from run', () =>
  run(function* () {
    const loop = getRunningLoop();
    const got = new Future<void>();
    loop.addSignalHandler('SIGINT', () => got.setResult());
    raise('SIGINT');
    yield* got;
  }));

test('what cannot be handled is refused', () =>
  run(function* () {
    const loop = getRunningLoop();
    const nothing = (): void => {};
    assert.throws(() => loop.addSignalHandler('SIGKILL', nothing), RuntimeError);
    assert.throws(() => loop.addSignalHandler('SIGSTOP', nothing), RuntimeError);
    assert.throws(() => loop.addSignalHandler(9, nothing), RuntimeError);
    assert.throws(() => loop.addSignalHandler('SIGBEER' as 'SIGTERM', nothing), RangeError);
    assert.throws(() => loop.addSignalHandler(999, nothing), RangeError);
    assert.throws(() => loop.removeSignalHandler(0), RangeError);
    assert.throws(() => loop.addSignalHandler({} as 'SIGTERM', nothing), TypeError);
    assert.throws(() => loop.addSignalHandler(SIGNAL, 1 as never), TypeError);
    assert.throws(() => loop.addSignalHandler(SIGNAL, function* serve() {}), /start a task in the handler/);
    assert.equal(process.listenerCount(SIGNAL), 0);
  }));
