import { type Coroutine, getRunningLoop, sleep } from 'tsyncio';
import { runVirtual } from 'tsyncio/testing';

/** Lets `count` turns pass. */
export function* turns(count: number): Coroutine<void> {
  for (let i = 0; i < count; i += 1) yield* sleep(0);
}

/** Runs a main that writes down what happens, and gives the list. */
export function traced(main: (log: (event: string) => void) => Coroutine<unknown>): string[] {
  const events: string[] = [];
  runVirtual(() => main((event) => events.push(event)));
  return events;
}

/** The turns that pass while `coroutine` runs. */
export function* countTurns(coroutine: Coroutine<unknown>): Coroutine<number> {
  const scheduler = getRunningLoop().scheduler;
  const before = scheduler.turns;
  yield* coroutine;
  return scheduler.turns - before;
}
