/** The operations that do not suspend: the same in coroutines, callbacks and `Context.run`. */
import {
  allTasks,
  CancelledError,
  type Context,
  ContextVar,
  type Coroutine,
  copyContext,
  currentTask,
  eagerTaskFactory,
  ensureFuture,
  type Future,
  gather,
  isCoroutine,
  shield,
  Task,
  TimeoutError,
  timeout,
} from 'tsyncio';
import type { Item, Op } from '../program.ts';
import { FACTORIES_NOW } from './factories.ts';
import { generator } from './generators.ts';
import { ITERATION_NOW } from './iteration.ts';
import { body } from './later.ts';
import { Boom, error, type Frame, FUTURE_LEVEL, type Machine, show, swallows } from './machine.ts';
import { RESOURCES_NOW } from './resources.ts';

export type Step = (m: Machine, fr: Frame, op: Op) => unknown;
type Found = Future<unknown> | Coroutine<unknown>;

export const MISSING = 'none';
const MAX_CONTEXT_RUNS = 3;
const VARS = [0, 1, 2].map((i) => new ContextVar<number | string>(`v${i}`));

export function state(future: Future<unknown> | undefined): string {
  if (future === undefined) return MISSING;
  const text = !future.done() ? 'pending' : future.cancelled() ? 'cancelled' : 'done';
  return future instanceof Task ? `${text}/${future.cancelling()}` : text;
}

/** An awaitable of a list: a slot's future or a new coroutine; undefined for an empty slot. */
export function resolve(m: Machine, item: Item): [Found | undefined, number] {
  if ('b' in item) return [body(m, item.b), item.b];
  if ('s' in item) return [m.slots[item.s], m.levels[item.s]!];
  return [undefined, FUTURE_LEVEL];
}

export function resolveAll(m: Machine, items: readonly Item[]): [Found[], number] {
  const found: Found[] = [];
  let level = FUTURE_LEVEL;
  for (const item of items) {
    if ('same' in item) {
      if (item.same < found.length) found.push(found[item.same]!);
      continue;
    }
    const [awaitable, itsLevel] = resolve(m, item);
    if (awaitable === undefined) continue;
    found.push(awaitable);
    level = Math.min(level, itsLevel);
  }
  return [found, level];
}

/** Closes the coroutines of a list that is not used after all. */
export function discard(awaitables: readonly unknown[]): void {
  for (const awaitable of awaitables) if (isCoroutine(awaitable)) awaitable.return(undefined);
}

const slot =
  (act: (future: Future<unknown>, op: Op, m: Machine) => unknown): Step =>
  (m, _fr, op) => {
    const future = m.slots[op.k!];
    return future === undefined ? MISSING : act(future, op, m);
  };

const plain = (act: (future: Future<unknown>, op: Op) => unknown): Step =>
  slot((future, op) => (future instanceof Task ? MISSING : act(future, op)));

const onTask = (act: (task: Task<unknown>, op: Op) => unknown): Step =>
  slot((future, op) => (future instanceof Task ? act(future, op) : MISSING));

const own =
  (act: (task: Task<unknown>, op: Op) => unknown): Step =>
  (_m, _fr, op) => {
    const task = currentTask();
    return task === undefined ? MISSING : act(task, op);
  };

function contextOf(m: Machine, op: Op): { context?: Context } {
  const context = op.ctx === undefined ? undefined : m.contexts[op.ctx];
  return context === undefined ? {} : { context };
}

function taskOptions(m: Machine, op: Op): { eagerStart?: boolean; name?: string; context?: Context } {
  const eager = op.mode === 'eager' || (op.mode === undefined && m.eager);
  return {
    ...(op.mode === undefined ? {} : { eagerStart: op.mode === 'eager' }),
    ...(op.flag ? { name: `t${++m.spawned}` } : {}),
    // An eager task in a context that is entered breaks CPython's current task (docs/differences.md).
    ...(eager ? {} : contextOf(m, op)),
  };
}

const spawn: Step = (m, _fr, op) => {
  m.fill(op.k!, m.loop.createTask(body(m, op.b!), taskOptions(m, op)), op.b!);
};

const groupSpawn: Step = (m, _fr, op) => {
  const group = m.groups[op.x!];
  if (group === undefined || op.b! <= m.groupLevels[op.x!]!) return MISSING;
  const options = taskOptions(m, op);
  const task = group.createTask(body(m, op.b!), m.groupLoose[op.x!] ? { ...options, eagerStart: false } : options);
  m.fill(op.k!, task, op.b!);
  return undefined;
};

const gatherItems: Step = (m, _fr, op) => {
  const [found, level] = resolveAll(m, op.items!);
  m.fill(op.k!, gather(found, { returnExceptions: op.flag === true }), level);
};

const wrap =
  (make: (found: Found) => Future<unknown>): Step =>
  (m, _fr, op) => {
    const [found, level] = resolve(m, op.item!);
    if (found === undefined) return MISSING;
    m.fill(op.k!, make(found), level);
    return undefined;
  };

const handleCancel: Step = (m, _fr, op) => {
  const handle = m.handles[op.x!];
  if (handle === undefined) return MISSING;
  const before = handle.cancelled();
  handle.cancel();
  return `${before}/${handle.cancelled()}`;
};

const raise: Step = (_m, _fr, op) => {
  if (op.mode === 'cancelled') throw new CancelledError(op.msg);
  if (op.mode === 'timeout') throw new TimeoutError();
  throw new Boom(op.msg);
};

const reset: Step = (m, _fr, op) => {
  const token = m.tokens[op.tok!];
  if (token === undefined) return MISSING;
  VARS[op.x!]!.reset(token);
  return undefined;
};

const contextRun: Step = (m, _fr, op) => {
  const context = m.contexts[op.ctx!];
  if (context === undefined || m.contextRuns >= MAX_CONTEXT_RUNS) return MISSING;
  m.contextRuns += 1;
  try {
    return context.run(() => m.callbacks[op.cb!]!());
  } finally {
    m.contextRuns -= 1;
  }
};

const object =
  (act: (m: Machine, x: number, op: Op) => unknown): Step =>
  (m, _fr, op) =>
    act(m, op.x!, op);

const NOW: Record<string, Step> = {
  set: plain((f, op) => f.setResult(op.v)),
  setExc: plain((f, op) => f.setException(new Boom(op.msg))),
  cancel: slot((f, op) => f.cancel(op.msg)),
  uncancel: onTask((task) => task.uncancel()),
  state: slot(state),
  result: slot((f) => f.result()),
  exception: slot((f) => f.exception()),
  newFut: (m, _fr, op) => m.fill(op.k!, m.loop.createFuture(), FUTURE_LEVEL),
  addCb: slot((f, op, m) => f.addDoneCallback(m.callbacks[op.cb!]!, contextOf(m, op))),
  rmCb: slot((f, op, m) => f.removeDoneCallback(m.callbacks[op.cb!]!)),
  cancelSelf: own((task, op) => task.cancel(op.msg)),
  uncancelSelf: own((task) => task.uncancel()),
  who: own((task) => task.cancelling()),
  spawn,
  gspawn: groupSpawn,
  gather: gatherItems,
  shield: wrap((found) => shield(found)),
  ensure: wrap((found) => ensureFuture(found)),
  soon: object((m, x, op) => void (m.handles[x] = m.loop.callSoon(m.callbacks[op.cb!]!, contextOf(m, op)))),
  later: object((m, x, op) => void (m.handles[x] = m.loop.callLater(op.ms!, m.callbacks[op.cb!]!, contextOf(m, op)))),
  at: object((m, x, op) => {
    m.handles[x] = m.loop.callAt(m.loop.time() + op.ms!, m.callbacks[op.cb!]!, contextOf(m, op));
  }),
  hcancel: handleCancel,
  raise,
  resched: object((m, x, op) => {
    if (m.timeouts[x] === undefined) return MISSING;
    m.timeouts[x].reschedule(op.ms === null ? undefined : m.loop.time() + op.ms!);
    return undefined;
  }),
  expired: object((m, x) => (m.timeouts[x] ? `${m.timeouts[x].expired()}/${show(m.timeouts[x].when())}` : MISSING)),
  newTimeout: object((m, x, op) => void m.newTimeout(x, timeout(op.ms!))),
  all: () => show([...allTasks()].map((task) => task.getName()).sort()),
  callHandler: (m, _fr, op) => m.loop.callExceptionHandler({ message: 'custom', exception: new Boom(op.msg) }),
  factory: (m, _fr, op) => {
    m.eager = op.flag === true;
    m.loop.setTaskFactory(m.eager ? eagerTaskFactory : undefined);
  },
  cvSet: object((m, x, op) => void (m.tokens[op.tok!] = VARS[x]!.set(op.v!))),
  cvGet: object((_m, x) => VARS[x]!.get('unset')),
  cvNeed: object((_m, x) => VARS[x]!.get()),
  cvReset: reset,
  ctxCopy: (m, _fr, op) => void (m.contexts[op.ctx!] = copyContext()),
  ctxRun: contextRun,
  unlock: object((m, x) => m.locks[x]!.release()),
  locked: object((m, x) => m.locks[x]!.locked()),
  evSet: object((m, x) => m.events[x]!.set()),
  evClear: object((m, x) => m.events[x]!.clear()),
  evIs: object((m, x) => m.events[x]!.isSet()),
  semRel: object((m, x) => m.sems[x]!.release()),
  semLocked: object((m, x) => m.sems[x]!.locked()),
  notify: object((m, x, op) => m.conds[x]!.notify(op.n)),
  notifyAll: object((m, x) => m.conds[x]!.notifyAll()),
  condRel: object((m, x) => m.conds[x]!.release()),
  condLocked: object((m, x) => m.conds[x]!.locked()),
  bump: object((m, x) => void (m.counters[x]! += 1)),
  barState: object((m, x) => `${m.bars[x]!.nWaiting}/${m.bars[x]!.broken}`),
  qputNow: object((m, x, op) => m.queues[x]!.putNowait(op.v!)),
  qgetNow: object((m, x) => m.queues[x]!.getNowait()),
  qdone: object((m, x) => m.queues[x]!.taskDone()),
  qshut: object((m, x, op) => m.queues[x]!.shutdown({ immediate: op.flag === true })),
  qstate: object((m, x) => `${m.queues[x]!.qsize()}/${m.queues[x]!.empty()}/${m.queues[x]!.full()}`),
  genNew: object((m, x, op) => m.makeGenerator(x, generator(m, op.g!, x))),
};

/** Looked up late: the modules of the operations import this one. */
const stepOf = ({ op }: Op): Step | undefined => NOW[op] ?? RESOURCES_NOW[op] ?? ITERATION_NOW[op] ?? FACTORIES_NOW[op];

/** It never suspends. */
export const isNow = (op: Op): boolean => stepOf(op) !== undefined;

/** Runs one operation, logs its outcome and lets its error out unless the operation catches it. */
export function stepNow(m: Machine, fr: Frame, op: Op): void {
  try {
    m.log(`#${op.id}`, show(stepOf(op)!(m, fr, op)));
  } catch (thrown) {
    m.log(`#${op.id}`, `!${error(thrown)}`);
    if (!swallows(op, thrown)) throw thrown;
  }
}

export function makeCallback(m: Machine, i: number): (future?: Future<unknown>) => void {
  const frame: Frame = { level: -1 };
  return (future) => {
    if (m.over) return;
    m.log(`cb${i}`, state(future));
    for (const op of m.program.callbacks[i]!) {
      if (m.spent()) return;
      stepNow(m, frame, op);
    }
  };
}
