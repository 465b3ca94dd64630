/** Compiled by `tsc -p .`, never run: errors, constants, call graphs and task factories. */
import {
  ALL_COMPLETED,
  BrokenBarrierError,
  CancelledError,
  type Coroutine,
  captureCallGraph,
  createEagerTaskFactory,
  DeadlockError,
  eagerTaskFactory,
  FIRST_EXCEPTION,
  type Frame,
  type FutureCallGraph,
  formatCallGraph,
  GeneratorExit,
  InvalidStateError,
  KeyboardInterrupt,
  LookupError,
  printCallGraph,
  QueueEmpty,
  QueueFull,
  QueueShutDown,
  RuntimeError,
  Task,
  type TaskFactory,
  Timeout,
  timeout,
} from 'tsyncio';
import { newVirtualEventLoop } from 'tsyncio/testing';
import { exactly } from './exactly.ts';

declare const thrown: unknown;
declare const task: Task<number>;

class OwnTask<T> extends Task<T> {}

export function graphs(): void {
  exactly<FutureCallGraph | undefined>()(captureCallGraph());
  exactly<readonly Frame[] | undefined>()(captureCallGraph(task, { limit: 3 })?.callStack);
  exactly<readonly FutureCallGraph[] | undefined>()(captureCallGraph(task)?.awaitedBy);
  exactly<string>()(formatCallGraph(task));
  exactly<void>()(printCallGraph(task, { write: (text) => exactly<string>()(text) }));
}

export function factories(): void {
  exactly<TaskFactory>()(eagerTaskFactory);
  exactly<TaskFactory>()(createEagerTaskFactory(OwnTask));
  newVirtualEventLoop({ maxTurns: 10 }).setTaskFactory(eagerTaskFactory);
  // @ts-expect-error: a class of something else
  createEagerTaskFactory(Map);
}

export function* names(): Coroutine<void> {
  const all: 'ALL_COMPLETED' = ALL_COMPLETED;
  const first: 'FIRST_EXCEPTION' = FIRST_EXCEPTION;
  exactly<'ALL_COMPLETED'>()(all);
  exactly<'FIRST_EXCEPTION'>()(first);
  exactly<Timeout>()(timeout(1));
  exactly<Timeout>()(new Timeout(undefined, undefined));
  if (thrown instanceof CancelledError) exactly<string | undefined>()(thrown.cancelledBy);
  for (const E of [RuntimeError, DeadlockError, InvalidStateError, GeneratorExit, KeyboardInterrupt, LookupError]) {
    exactly<string>()(new E('x').message);
  }
  for (const E of [BrokenBarrierError, QueueEmpty, QueueFull, QueueShutDown]) exactly<boolean>()(thrown instanceof E);
  const deadlock: RuntimeError = new DeadlockError('x');
  exactly<RuntimeError>()(deadlock);
}
