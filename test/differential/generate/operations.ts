/** How each operation is made up: its fields at random, within what the program has. */
import type { Item, Op } from '../program.ts';
import type { Random } from './random.ts';

/** The objects of the blocks around an operation: what it works on is most interesting where it is in use. */
export interface Scope {
  group?: number;
  timeout?: number;
  condition?: number;
}

/** Where an operation stands. */
export interface Place {
  random: Random;
  /** The body's index; a callback is -1, a generator 98 (it may await plain futures only). */
  level: number;
  bodies: number;
  callbacks: number;
  generators: number;
  slots: number;
  depth: number;
  scope: Scope;
  /** Makes a nested block, one level deeper. */
  block(low: number, high: number, scope?: Scope): Op[];
  /** Makes what an exit of a stack does: in whatever task leaves the stack, hence without bodies and tasks. */
  exit(suspending: boolean): Op[];
}

export type Fields = Omit<Op, 'op' | 'id'>;
/** undefined: impossible here. */
export type Maker = (place: Place) => Fields | undefined;

// Few and small, so that deadlines tie often; 0 and below have paths of their own.
const DELAYS_MS = [-1, 0, 0, 0, 1, 1, 2, 2, 3, 5, 10] as const;
const LIMITS_MS = [-1, 0, 0, 1, 1, 2, 2, 3, 5, 8] as const;
export const MESSAGES = ['m1', 'm2', 'm3'] as const;
const MAX_DEPTH = 3;
/** Slots from here on are meant for tasks; those before hold futures. */
export const FUTURE_SLOTS = 3;

export const slot = (p: Place): number => p.random.below(p.slots);
const futureSlot = (p: Place): number => p.random.below(p.random.chance(0.85) ? FUTURE_SLOTS : p.slots);
const taskSlot = (p: Place): number =>
  p.random.chance(0.9) ? p.random.between(FUTURE_SLOTS, p.slots - 1) : p.random.below(p.slots);
export const delay = (p: Place): number => p.random.pick(DELAYS_MS);
export const limit = (p: Place): number => p.random.pick(LIMITS_MS);
export const two = (p: Place): number => p.random.below(2);
export const message = (p: Place): Fields => (p.random.chance(0.4) ? { msg: p.random.pick(MESSAGES) } : {});
const callback = (p: Place): Fields | undefined =>
  p.callbacks === 0 ? undefined : { cb: p.random.below(p.callbacks) };
export const context = (p: Place): Fields => (p.random.chance(0.25) ? { ctx: two(p) } : {});

/** A body that a frame of this level may run or spawn: only higher ones. */
export function body(p: Place): number | undefined {
  const low = Math.max(p.level + 1, 1);
  return low >= p.bodies ? undefined : p.random.between(low, p.bodies - 1);
}

export function withBody(p: Place, more: (b: number) => Fields): Fields | undefined {
  const b = body(p);
  return b === undefined ? undefined : more(b);
}

function item(p: Place, coroutines: number): Item {
  const b = p.random.chance(coroutines) ? body(p) : undefined;
  return b === undefined ? { s: slot(p) } : { b };
}

export function items(p: Place, coroutines: number): Item[] {
  const count = p.random.weighted([
    [0, 1],
    [1, 4],
    [2, 8],
    [3, 6],
    [4, 3],
  ]);
  const list: Item[] = [];
  for (let i = 0; i < count; i++) {
    list.push(i > 0 && p.random.chance(0.08) ? { same: p.random.below(i) } : item(p, coroutines));
  }
  return list;
}

function taskOptions(p: Place): Fields {
  return {
    ...(p.random.chance(0.25) ? { mode: p.random.chance(0.7) ? 'eager' : 'lazy' } : {}),
    ...(p.random.chance(0.6) ? { flag: true } : {}),
    ...context(p),
  };
}

export function nested(p: Place, fields: (p: Place) => Fields): Fields | undefined {
  return p.depth >= MAX_DEPTH ? undefined : fields(p);
}

export const scoped = (p: Place, kind: keyof Scope): number => {
  const around = p.scope[kind];
  return around !== undefined && p.random.chance(0.85) ? around : two(p);
};
const onCondition = (p: Place): Fields => ({ x: scoped(p, 'condition') });
const within =
  (kind: keyof Scope, low: number, high: number, more: (p: Place) => Fields = () => ({})): Maker =>
  (p) =>
    nested(p, () => {
      const x = two(p);
      return { x, ...more(p), ops: p.block(low, high, { ...p.scope, [kind]: x }) };
    });

export const object = (p: Place): Fields => ({ x: two(p) });
export const block = (p: Place): Fields | undefined => nested(p, () => ({ x: two(p), ops: p.block(1, 3) }));
const onSlot = (p: Place): Fields => ({ k: slot(p) });
const nothing = (): Fields => ({});

/** Operations that never suspend: allowed in callbacks. */
export const BASIC_NOW: Record<string, Maker> = {
  set: (p) => ({ k: futureSlot(p), v: p.random.below(9) }),
  setExc: (p) => ({ k: futureSlot(p), msg: p.random.pick(MESSAGES) }),
  cancel: (p) => ({ k: slot(p), ...message(p) }),
  uncancel: (p) => ({ k: taskSlot(p) }),
  state: onSlot,
  result: onSlot,
  exception: onSlot,
  newFut: (p) => ({ k: futureSlot(p) }),
  addCb: (p) => ({ k: slot(p), ...context(p), ...callback(p)! }),
  rmCb: (p) => ({ k: slot(p), ...callback(p)! }),
  cancelSelf: message,
  uncancelSelf: nothing,
  who: nothing,
  spawn: (p) => withBody(p, (b) => ({ k: taskSlot(p), b, ...taskOptions(p) })),
  gspawn: (p) => withBody(p, (b) => ({ x: scoped(p, 'group'), k: taskSlot(p), b, ...taskOptions(p) })),
  gather: (p) => ({ k: taskSlot(p), items: items(p, 0.35), flag: p.random.chance(0.4) }),
  shield: (p) => ({ k: taskSlot(p), item: item(p, 0.25) }),
  ensure: (p) => ({ k: taskSlot(p), item: item(p, 0.7) }),
  soon: (p) => ({ x: two(p), ...callback(p)!, ...context(p) }),
  later: (p) => ({ x: two(p), ms: delay(p), ...callback(p)!, ...context(p) }),
  at: (p) => ({ x: two(p), ms: delay(p), ...callback(p)!, ...context(p) }),
  hcancel: object,
  raise: (p) => ({
    mode: p.random.pick(['boom', 'boom', 'boom', 'cancelled', 'timeout']),
    msg: p.random.pick(MESSAGES),
  }),
  resched: (p) => ({ x: scoped(p, 'timeout'), ms: p.random.chance(0.15) ? null : limit(p) }),
  expired: (p) => ({ x: scoped(p, 'timeout') }),
  newTimeout: (p) => ({ x: two(p), ms: limit(p) }),
  all: nothing,
  callHandler: (p) => ({ msg: p.random.pick(MESSAGES) }),
  factory: (p) => ({ flag: p.random.chance(0.5) }),
  cvSet: (p) => ({ x: two(p), v: p.random.below(9), tok: two(p) }),
  cvGet: object,
  cvNeed: object,
  cvReset: (p) => ({ x: two(p), tok: two(p) }),
  ctxCopy: (p) => ({ ctx: two(p) }),
  ctxRun: (p) => ({ ctx: two(p), ...callback(p)! }),
  unlock: object,
  locked: object,
  evSet: object,
  evClear: object,
  evIs: object,
  semRel: object,
  semLocked: object,
  notify: (p) => ({ x: scoped(p, 'condition'), n: p.random.between(0, 2) }),
  notifyAll: onCondition,
  condRel: onCondition,
  condLocked: onCondition,
  bump: onCondition,
  barState: object,
  qputNow: (p) => ({ x: p.random.below(3), v: p.random.below(9) }),
  qgetNow: (p) => ({ x: p.random.below(3) }),
  qdone: (p) => ({ x: p.random.below(3) }),
  qshut: (p) => ({ x: p.random.below(3), flag: p.random.chance(0.4) }),
  qstate: (p) => ({ x: p.random.below(3) }),
  genNew: (p) => (p.generators === 0 ? undefined : { x: two(p), g: p.random.below(p.generators) }),
};

/** Operations that may suspend. */
export const BASIC_LATER: Record<string, Maker> = {
  sleep: (p) => ({ ms: delay(p), ...(p.random.chance(0.2) ? { v: p.random.below(9) } : {}) }),
  // A body may only await tasks of higher bodies; futures always.
  await: (p) => ({ k: p.random.chance(0.15 + 0.12 * Math.max(p.level, 0)) ? p.random.below(FUTURE_SLOTS) : slot(p) }),
  call: (p) => withBody(p, (b) => ({ b })),
  waitFor: (p) => ({ item: item(p, 0.5), ms: p.random.chance(0.1) ? null : limit(p) }),
  wait: (p) => ({
    items: items(p, 0.03),
    ms: p.random.chance(0.4) ? null : limit(p),
    mode: p.random.pick(['all', 'first', 'error']),
  }),
  each: (p) => ({
    items: items(p, 0.3),
    ms: p.random.chance(0.5) ? null : limit(p),
    mode: p.random.pick(['for', 'plain']),
    n: p.random.between(1, 4),
  }),
  group: within('group', 1, 4),
  regroup: block,
  timeout: within('timeout', 1, 3, (p) => ({
    ms: p.random.chance(0.15) ? null : limit(p),
    flag: p.random.chance(0.3),
  })),
  retimeout: block,
  try: (p) =>
    nested(p, () => ({
      ops: p.block(1, 3),
      mode: p.random.pick(['none', 'err', 'all', 'cancel']),
      handler: p.block(0, 2),
      final: p.block(0, 2),
    })),
  repeat: (p) => nested(p, () => ({ n: p.random.between(2, 3), ops: p.block(1, 2) })),
  spin: (p) => ({ n: p.random.between(1, 4) }),
  return: (p) => ({ v: p.random.between(10, 19) }),
  lock: object,
  withLock: block,
  evWait: object,
  sem: object,
  withSem: block,
  cond: object,
  withCond: within('condition', 1, 4),
  condWait: onCondition,
  condFor: (p) => ({ x: scoped(p, 'condition'), n: p.random.between(0, 2) }),
  barWait: object,
  withBar: block,
  barReset: object,
  barAbort: object,
  qput: (p) => ({ x: p.random.below(3), v: p.random.below(9) }),
  qget: (p) => ({ x: p.random.below(3) }),
  qjoin: (p) => ({ x: p.random.below(3) }),
  anext: object,
  asend: (p) => ({ x: two(p), ...(p.random.chance(0.4) ? { v: p.random.below(9) } : {}) }),
  athrow: (p) => ({ x: two(p), msg: p.random.pick(MESSAGES) }),
  aclose: object,
  forGen: (p) => nested(p, () => ({ x: two(p), n: p.random.between(1, 3), ops: p.block(0, 2) })),
  closeGens: nothing,
};
/** Operations whose callback is their point. */
export const NEEDS_CALLBACK = new Set(['addCb', 'rmCb', 'soon', 'later', 'at', 'ctxRun']);
