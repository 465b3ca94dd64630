/** Runs one program on tsyncio and gives its trace. */
import {
  allTasks,
  CancelledError,
  type Coroutine,
  currentTask,
  DeadlockError,
  EventLoop,
  eagerTaskFactory,
  getRunningLoop,
  Runner,
  RuntimeError,
  sleep,
  Task,
} from 'tsyncio';
import { newVirtualEventLoop, runVirtual } from 'tsyncio/testing';
import type { Program, Trace } from '../program.ts';
import { generator } from './generators.ts';
import { body } from './later.ts';
import { error, Machine, type Overrides, show } from './machine.ts';
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

/** Many times what any program takes that ends: as in cpython/virtual_loop.py. */
const MAX_TURNS = 20_000;
const isRunaway = (thrown: unknown): boolean =>
  thrown instanceof RuntimeError && thrown.message.includes(`${MAX_TURNS} turns`);

function prepare(program: Program, loop: EventLoop, overrides: Overrides): Machine {
  const m = new Machine(program, loop, overrides);
  m.callbacks = program.callbacks.map((_, i) => makeCallback(m, i));
  program.generators.forEach((_, x) => {
    m.makeGenerator(x, generator(m, x, x));
  });
  return m;
}

function runDrained(program: Program, overrides: Overrides): Trace {
  let machine: Machine | undefined;
  const start = function* (): Coroutine<void> {
    machine = prepare(program, getRunningLoop(), overrides);
    freezeAtShutdown(machine);
    yield* main(machine);
  };
  try {
    runVirtual(start, {
      maxTurns: MAX_TURNS,
      exceptionHandler: (_loop, context) => machine?.report(context),
      ...(program.eager ? { taskFactory: eagerTaskFactory } : {}),
    });
  } catch (thrown) {
    if (machine === undefined) throw thrown;
    if (isRunaway(thrown)) machine.trace.push('RUNAWAY');
    else if (!(thrown instanceof DeadlockError)) throw thrown;
    else if (machine.frozenAt !== undefined) machine.trace.push(`${machine.frozenAt} - - DEADLOCK`);
  }
  return machine?.trace ?? [];
}

const outcome = (thrown: unknown): string => (thrown instanceof DeadlockError ? 'DEADLOCK' : `!${error(thrown)}`);

/** Bodies 0, 1, … each as a main of its own, then what a runner does at its end. */
async function runByRunner(program: Program, runs: number, overrides: Overrides): Promise<Trace> {
  const loop = newVirtualEventLoop({ maxTurns: MAX_TURNS });
  const m = prepare(program, loop, overrides);
  loop.setExceptionHandler((_loop, context) => m.report(context));
  if (program.eager) loop.setTaskFactory(eagerTaskFactory);
  const { shutdownAsyncGens } = EventLoop.prototype;
  loop.shutdownAsyncGens = function* (): Coroutine<void> {
    // A generator that is closed once more does not do as CPython's (docs/differences.md).
    if (m.exitIgnored || m.gensClosing > 0) m.over = true;
    yield* shutdownAsyncGens.call(loop);
  };
  const runner = new Runner({ loopFactory: () => loop });
  const logged = async (label: string, act: () => Promise<string | undefined>): Promise<boolean> => {
    try {
      const text = await act();
      if (text !== undefined) m.log(label, text);
      return true;
    } catch (thrown) {
      if (isRunaway(thrown)) m.trace.push('RUNAWAY');
      else m.log(label, outcome(thrown));
      return !(thrown instanceof DeadlockError || isRunaway(thrown));
    }
  };
  for (let b = 0; b < runs; b++) {
    if (!(await logged('run', async () => show(await runner.run(body(m, b), { context: m.contexts[0] }))))) break;
  }
  await logged('close', async () => void (await runner.close()));
  m.log('main', 'END');
  m.over = true;
  return m.trace;
}

export async function runOne(program: Program, overrides: Overrides = {}): Promise<Trace> {
  const { warn } = console;
  // What is said to people (a generator started after the loop's were closed, …) is no event.
  console.warn = () => {};
  try {
    return program.runs === undefined
      ? runDrained(program, overrides)
      : await runByRunner(program, program.runs, overrides);
  } finally {
    console.warn = warn;
  }
}
