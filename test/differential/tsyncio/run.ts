/** Runs one program on tsyncio and gives its trace. */
import {
  allTasks,
  CancelledError,
  type Coroutine,
  currentTask,
  DeadlockError,
  eagerTaskFactory,
  getRunningLoop,
  sleep,
  Task,
} from 'tsyncio';
import { runVirtual } from 'tsyncio/testing';
import type { Program, Trace } from '../program.ts';
import { generator } from './generators.ts';
import { body } from './later.ts';
import { Machine, type Overrides } from './machine.ts';
import { makeCallback } from './now.ts';

/** As in cpython/runner.py. */
const DRAIN_MS = 1000;
const SWEEPS = 2;

function* pause(m: Machine): Coroutine<void> {
  try {
    yield* sleep(DRAIN_MS);
  } catch (thrown) {
    if (!(thrown instanceof CancelledError)) throw thrown;
    m.log('drain', '!CancelledError');
  }
}

function* first(m: Machine): Coroutine<void> {
  try {
    yield* body(m, 0);
  } catch {
    // Whatever it was, it is in the trace.
  }
  m.log('main', 'ended');
}

/** Body 0, then time for what was left running, then a cancel for what still is. */
function* main(m: Machine): Coroutine<void> {
  if (m.program.apart) m.loop.createTask(body(m, 0), { name: 'T0' });
  else yield* first(m);
  for (let i = 0; i < SWEEPS; i++) {
    yield* pause(m);
    const own = currentTask();
    const tasks = [...allTasks()].sort((a, b) => (a.getName() < b.getName() ? -1 : 1));
    for (const task of tasks) if (task !== own) m.log('sweep', `${task.getName()} ${task.cancel()}`);
  }
  yield* pause(m);
  m.log('main', 'END');
  m.over = true;
}

/** After a deadlock the runtime cancels what is left, as it should; the trace ends before. */
function freezeAtShutdown(m: Machine): void {
  const own = currentTask()!;
  own.cancel = (message) => {
    if (!m.loop.isRunning() && !m.over) m.freeze();
    return Task.prototype.cancel.call(own, message);
  };
}

export type { Overrides } from './machine.ts';

export function runOne(program: Program, overrides: Overrides = {}): Trace {
  let machine: Machine | undefined;
  const start = function* (): Coroutine<void> {
    machine = new Machine(program, getRunningLoop(), overrides);
    const m = machine;
    freezeAtShutdown(m);
    m.callbacks = program.callbacks.map((_, i) => makeCallback(m, i));
    program.generators.forEach((_, x) => {
      m.makeGenerator(x, generator(m, x, x));
    });
    yield* main(m);
  };
  const { warn } = console;
  // What is said to people (a generator started after the loop's were closed, …) is no event.
  console.warn = () => {};
  try {
    runVirtual(start, {
      exceptionHandler: (_loop, context) => machine?.report(context),
      ...(program.eager ? { taskFactory: eagerTaskFactory } : {}),
    });
  } catch (thrown) {
    if (!(thrown instanceof DeadlockError) || machine === undefined) throw thrown;
    if (machine.frozenAt !== undefined) machine.trace.push(`${machine.frozenAt} - - DEADLOCK`);
  } finally {
    console.warn = warn;
  }
  return machine?.trace ?? [];
}
