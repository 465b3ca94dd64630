import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allTasks, CancelledError, type Coroutine, createTask, eagerTaskFactory, getRunningLoop, sleep } from 'tsyncio';
import { runVirtual } from 'tsyncio/testing';
import { runningScheduler } from '../../src/core/scheduler.ts';
import { interleave } from '../../src/net/interleave.ts';
import { type RaceOutcome, staggeredRace } from '../../src/net/staggered-race.ts';
import { checkLeaks } from '../support/check-leaks.ts';
import { thrownBy } from './drivers.ts';

checkLeaks();

class Refused extends Error {}

interface Log {
  readonly events: string[];
  readonly discarded: string[];
}

/** Answers (or is refused) after so many ms. */
function attempt(log: Log, name: string, ms: number, refused = false): () => Coroutine<string> {
  return function* () {
    log.events.push(`${getRunningLoop().time()} ${name}`);
    try {
      yield* sleep(ms);
    } catch (error) {
      log.events.push(`${getRunningLoop().time()} ${name} cancelled`);
      throw error;
    }
    if (refused) throw new Refused(name);
    return name;
  };
}

function* race(log: Log, attempts: (() => Coroutine<string>)[], delayMs = 250): Coroutine<RaceOutcome<string>> {
  const outcome = yield* staggeredRace(runningScheduler(), attempts, {
    delayMs,
    discard: (result) => void log.discarded.push(result),
    isFailure: (error) => error instanceof Refused,
  });
  assert.equal(allTasks().size, 1);
  return outcome;
}

function newLog(): Log {
  return { events: [], discarded: [] };
}

test('the first that answers in time wins, and the next is never started', () => {
  const log = newLog();
  const outcome = runVirtual(race(log, [attempt(log, 'a', 100), attempt(log, 'b', 1)]));
  assert.deepEqual(outcome, { won: true, result: 'a' });
  assert.deepEqual(log.events, ['0 a']);
});

test('after the delay the next one runs beside it; the loser is cancelled', () => {
  const log = newLog();
  const outcome = runVirtual(race(log, [attempt(log, 'a', 5000), attempt(log, 'b', 5000), attempt(log, 'c', 10)]));
  assert.deepEqual(outcome, { won: true, result: 'c' });
  assert.deepEqual(log.events, ['0 a', '250 b', '500 c', '510 a cancelled', '510 b cancelled']);
});

test('a slow first one may still win', () => {
  const log = newLog();
  const outcome = runVirtual(race(log, [attempt(log, 'a', 300), attempt(log, 'b', 5000)]));
  assert.deepEqual(outcome, { won: true, result: 'a' });
  assert.deepEqual(log.events, ['0 a', '250 b', '300 b cancelled']);
});

test('a failure starts the next at once; all errors come, in the order of the attempts', () => {
  const log = newLog();
  const outcome = runVirtual(
    race(log, [attempt(log, 'a', 600, true), attempt(log, 'b', 10, true), attempt(log, 'c', 1000, true)]),
  );
  assert.ok(!outcome.won);
  assert.deepEqual(
    outcome.errors.map((error) => (error as Error).message),
    ['a', 'b', 'c'],
  );
  assert.deepEqual(log.events, ['0 a', '250 b', '260 c']);
});

test('two that answer at one instant: the first counts, the other is discarded', () => {
  const log = newLog();
  const outcome = runVirtual(race(log, [attempt(log, 'a', 300), attempt(log, 'b', 50)]));
  assert.equal(outcome.won, true);
  assert.equal(log.discarded.length + log.events.filter((event) => event.endsWith('cancelled')).length, 1);
});

test('a cancel from outside ends all attempts, and then goes on', () => {
  const log = newLog();
  runVirtual(
    (function* () {
      const task = createTask(race(log, [attempt(log, 'a', 5000), attempt(log, 'b', 5000)]));
      yield* sleep(300);
      task.cancel();
      assert.ok((yield* thrownBy(task)) instanceof CancelledError);
      assert.equal(allTasks().size, 1);
    })(),
  );
  assert.deepEqual(log.events, ['0 a', '250 b', '300 a cancelled', '300 b cancelled']);
});

test('an error that is no failure ends the race', () => {
  const log = newLog();
  const broken = function* (): Coroutine<string> {
    yield* sleep(10);
    throw new TypeError('a mistake');
  };
  runVirtual(
    (function* () {
      const error = yield* thrownBy(race(log, [attempt(log, 'a', 5000), broken]));
      assert.match(String(error), /a mistake/);
    })(),
  );
  assert.deepEqual(log.events, ['0 a', '260 a cancelled']);
});

test('eager attempts that fail at once', () => {
  const log = newLog();
  const refuse = function* (): Coroutine<string> {
    throw new Refused('at once');
  };
  const outcome = runVirtual(race(log, [refuse, refuse, attempt(log, 'c', 1)]), { taskFactory: eagerTaskFactory });
  assert.deepEqual(outcome, { won: true, result: 'c' });
  const none = runVirtual(race(log, [refuse, refuse]), { taskFactory: eagerTaskFactory });
  assert.equal(none.won, false);
});

test('interleaving of families', () => {
  const four = (host: string) => ({ family: 4, host, port: 1 }) as const;
  const six = (host: string) => ({ family: 6, host, port: 1 }) as const;
  const given = [six('a'), six('b'), six('c'), four('d'), four('e')];
  const order = (count: number): string =>
    interleave(given, count)
      .map(({ host }) => host)
      .join('');
  assert.equal(order(1), 'adbec');
  assert.equal(order(2), 'abdce');
  assert.equal(order(9), 'abcde');
  assert.deepEqual(interleave([], 1), []);
});
