/** The operations that may suspend, and the bodies made of them. */
import {
  ALL_COMPLETED,
  asCompleted,
  asyncFor,
  asyncWith,
  BREAK,
  type Coroutine,
  FIRST_COMPLETED,
  FIRST_EXCEPTION,
  type Future,
  GeneratorExit,
  sleep,
  timeout,
  timeoutAt,
  wait,
  waitFor,
} from 'tsyncio';
import type { Op } from '../program.ts';
import { GENERATOR_STEPS } from './generators.ts';
import { ITERATION_LATER } from './iteration.ts';
import { catches, error, type Frame, type Machine, Return, show, swallows } from './machine.ts';
import { discard, isNow, MISSING, resolve, resolveAll, state, stepNow } from './now.ts';
import { RESOURCES_LATER } from './resources.ts';

export type LaterStep = (m: Machine, fr: Frame, op: Op) => Coroutine<unknown>;

export function* block(m: Machine, fr: Frame, ops: readonly Op[]): Coroutine<Return | undefined> {
  for (const op of ops) {
    const returned = yield* step(m, fr, op);
    if (returned !== undefined) return returned;
  }
  return undefined;
}

/** Looked up late: the modules of the operations import this one. */
const stepOf = (m: Machine, op: Op): LaterStep =>
  m.overrides[op.op] ?? LATER[op.op] ?? GENERATOR_STEPS[op.op] ?? RESOURCES_LATER[op.op] ?? ITERATION_LATER[op.op]!;

export function* step(m: Machine, fr: Frame, op: Op): Coroutine<Return | undefined> {
  if (m.spent()) return new Return(undefined);
  if (isNow(op)) {
    stepNow(m, fr, op);
    return undefined;
  }
  if (op.op === 'return') return new Return(op.v);
  let outcome: unknown;
  try {
    outcome = yield* stepOf(m, op)(m, fr, op);
  } catch (thrown) {
    m.log(`#${op.id}`, `!${error(thrown)}`);
    if (!swallows(op, thrown)) throw thrown;
    return undefined;
  }
  if (outcome instanceof Return) return outcome;
  m.log(`#${op.id}`, show(outcome));
  return undefined;
}

export function* body(m: Machine, b: number): Coroutine<unknown> {
  m.log(`B${b}`, 'begins');
  let returned: Return | undefined;
  try {
    returned = yield* block(m, { level: b }, m.program.bodies[b]!);
  } catch (thrown) {
    m.log(`B${b}`, `!${error(thrown)}`);
    throw thrown;
  }
  const value = returned === undefined ? b : returned.value;
  m.log(`B${b}`, show(value));
  return value;
}

function* awaitSlot(m: Machine, fr: Frame, op: Op): Coroutine<unknown> {
  const future = m.slots[op.k!];
  if (future === undefined || m.levels[op.k!]! <= fr.level) return MISSING;
  return yield* closing(m, future);
}

/** Nothing of it is compared (docs/differences.md). */
function* closing(m: Machine, awaitable: Coroutine<unknown> | Future<unknown>): Coroutine<unknown> {
  try {
    return yield* awaitable;
  } catch (error) {
    if (error instanceof GeneratorExit) m.freeze();
    throw error;
  }
}

function* waitForItem(m: Machine, fr: Frame, op: Op): Coroutine<unknown> {
  const [awaitable, level] = resolve(m, op.item!);
  if (awaitable === undefined || level <= fr.level) return MISSING;
  return yield* closing(m, waitFor(awaitable, op.ms ?? undefined));
}

const MODES: Record<string, typeof ALL_COMPLETED | typeof FIRST_COMPLETED | typeof FIRST_EXCEPTION> = {
  all: ALL_COMPLETED,
  first: FIRST_COMPLETED,
  error: FIRST_EXCEPTION,
};

function* waitItems(m: Machine, fr: Frame, op: Op): Coroutine<unknown> {
  const [found, level] = resolveAll(m, op.items!);
  if (level <= fr.level) {
    discard(found);
    return MISSING;
  }
  const { done, pending } = yield* wait(found as Future<unknown>[], {
    timeout: op.ms ?? undefined,
    returnWhen: MODES[op.mode!]!,
  });
  const places = (set: Iterable<unknown>): number[] => [...set].map((one) => found.indexOf(one as Future<unknown>));
  return [places(done), places(pending)];
}

function* eachCompleted(m: Machine, fr: Frame, op: Op): Coroutine<unknown> {
  const [found, level] = resolveAll(m, op.items!);
  if (level <= fr.level) {
    discard(found);
    return MISSING;
  }
  let left = op.n!;
  const iterator = asCompleted(found, { timeout: op.ms ?? undefined });
  if (op.mode === 'for') {
    yield* asyncFor(iterator, function* (future) {
      m.log(`#${op.id}`, `${found.indexOf(future)} ${state(future)}`);
      return --left <= 0 ? BREAK : undefined;
    });
    return undefined;
  }
  for (const awaitable of iterator) {
    m.log(`#${op.id}`, show(yield* awaitable));
    if (--left <= 0) break;
  }
  return undefined;
}

function* regroup(m: Machine, fr: Frame, op: Op): Coroutine<unknown> {
  const group = m.groups[op.x!];
  return group === undefined ? MISSING : yield* asyncWith(group, () => block(m, fr, op.ops!));
}

function* group(m: Machine, fr: Frame, op: Op): Coroutine<unknown> {
  m.newGroup(op.x!, fr, false);
  return yield* regroup(m, fr, op);
}

function* retimeout(m: Machine, fr: Frame, op: Op): Coroutine<unknown> {
  const made = m.timeouts[op.x!];
  return made === undefined ? MISSING : yield* asyncWith(made, () => block(m, fr, op.ops!));
}

function* timeoutBlock(m: Machine, fr: Frame, op: Op): Coroutine<unknown> {
  const ms = op.ms ?? undefined;
  m.newTimeout(op.x!, op.flag ? timeoutAt(ms === undefined ? undefined : m.loop.time() + ms) : timeout(ms));
  return yield* retimeout(m, fr, op);
}

function* attempt(m: Machine, fr: Frame, op: Op): Coroutine<unknown> {
  try {
    return yield* block(m, fr, op.ops!);
  } catch (thrown) {
    if (!catches(op.mode!, thrown)) throw thrown;
    m.log(`#${op.id}`, `caught ${error(thrown)}`);
    return yield* block(m, fr, op.handler!);
  } finally {
    if (!m.over) yield* block(m, fr, op.final!);
  }
}

function* repeat(m: Machine, fr: Frame, op: Op): Coroutine<unknown> {
  for (let i = 0; i < op.n!; i++) {
    const returned = yield* block(m, fr, op.ops!);
    if (returned !== undefined) return returned;
  }
  return undefined;
}

function* spin(m: Machine, _fr: Frame, op: Op): Coroutine<unknown> {
  for (let i = 0; i < op.n!; i++) {
    yield* sleep(0);
    m.log(`#${op.id}`, `turn ${i}`);
  }
  return undefined;
}

const inside = (kind: 'locks' | 'sems' | 'conds' | 'bars'): LaterStep =>
  function* (m, fr, op) {
    return yield* asyncWith(m[kind][op.x!]!, () => block(m, fr, op.ops!));
  };

/** A wait whose value is no part of the comparison: `true` in Python, a disposable or nothing here. */
const silent = (act: (m: Machine, x: number) => Coroutine<unknown>): LaterStep =>
  function* (m, _fr, op) {
    yield* act(m, op.x!);
    return undefined;
  };

export const LATER: Record<string, LaterStep> = {
  sleep: (_m, _fr, op) => sleep(op.ms!, op.v),
  await: awaitSlot,
  call: (m, _fr, op) => body(m, op.b!),
  waitFor: waitForItem,
  wait: waitItems,
  each: eachCompleted,
  group,
  regroup,
  timeout: timeoutBlock,
  retimeout,
  try: attempt,
  repeat,
  spin,
  lock: silent((m, x) => m.locks[x]!.acquire()),
  withLock: inside('locks'),
  evWait: (m, _fr, op) => m.events[op.x!]!.wait(),
  sem: silent((m, x) => m.sems[x]!.acquire()),
  withSem: inside('sems'),
  cond: silent((m, x) => m.conds[x]!.acquire()),
  withCond: inside('conds'),
  condWait: (m, _fr, op) => m.conds[op.x!]!.wait(),
  condFor: (m, _fr, op) => m.conds[op.x!]!.waitFor(() => m.counters[op.x!]! >= op.n!),
  barWait: (m, _fr, op) => m.bars[op.x!]!.wait(),
  withBar: inside('bars'),
  barReset: silent((m, x) => m.bars[x]!.reset()),
  barAbort: silent((m, x) => m.bars[x]!.abort()),
  qput: (m, _fr, op) => m.queues[op.x!]!.put(op.v!),
  qget: (m, _fr, op) => m.queues[op.x!]!.get(),
  qjoin: (m, _fr, op) => m.queues[op.x!]!.join(),
};
