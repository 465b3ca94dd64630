/** Which operations a profile draws, and how often. */
type Weights = Record<string, number>;

const futures: Weights = { set: 6, setExc: 3, cancel: 5, state: 1, result: 1, exception: 0.5, newFut: 2, await: 8 };
const callbacks: Weights = { addCb: 4, rmCb: 1, soon: 3, later: 2, at: 1, hcancel: 1, callHandler: 0.3 };
const tasks: Weights = {
  spawn: 8,
  cancel: 6,
  uncancel: 1,
  cancelSelf: 1.5,
  uncancelSelf: 0.7,
  who: 1,
  call: 4,
  await: 4,
};
const time: Weights = { sleep: 10, spin: 5 };
const control: Weights = { try: 4, repeat: 1, return: 1, raise: 3 };
const combinators: Weights = { gather: 4, shield: 2, ensure: 1, wait: 3, waitFor: 3, each: 2 };
const groups: Weights = { group: 4, gspawn: 6, regroup: 0.2 };
const timeouts: Weights = { timeout: 4, resched: 1, expired: 1, newTimeout: 0.2, retimeout: 0.3 };
const locks: Weights = { lock: 3, unlock: 3, locked: 1, withLock: 4, evWait: 3, evSet: 3, evClear: 2, evIs: 0.5 };
const semaphores: Weights = { sem: 4, semRel: 4, semLocked: 1, withSem: 4 };
const conditions: Weights = {
  withCond: 7,
  condWait: 4,
  condFor: 2,
  notify: 8,
  notifyAll: 5,
  bump: 2,
  cond: 1,
  condRel: 1,
  condLocked: 0.5,
};
const barriers: Weights = { barWait: 6, withBar: 2, barReset: 1, barAbort: 0.5, barState: 1 };
const queues: Weights = {
  qput: 5,
  qget: 5,
  qputNow: 3,
  qgetNow: 2,
  qdone: 3,
  qjoin: 2,
  qshut: 1,
  qstate: 1,
};
const contexts: Weights = { cvSet: 4, cvGet: 5, cvNeed: 0.5, cvReset: 2, ctxCopy: 2, ctxRun: 2 };
const generators: Weights = { genNew: 2, anext: 5, asend: 4, athrow: 2, aclose: 2, forGen: 3, closeGens: 0.3 };
const stacks: Weights = { stack: 4, restack: 1, stNew: 0.5, stPush: 6, stCb: 3, stEnter: 6, stPop: 1.5, stClose: 3 };
const byHand: Weights = { gEnter: 4, gExit: 10, tEnter: 4, tExit: 8, gspawn: 8 };
const comprehensions: Weights = { comp: 8, acNew: 0.5, acNext: 5, acTake: 5 };
const factories: Weights = { ownFactory: 1.5, isOwn: 2, factory: 0.3 };
const seldom: Weights = { all: 0.3, factory: 0.2 };

function mix(...parts: readonly (readonly [Weights, number])[]): Weights {
  const sum: Weights = {};
  for (const [weights, factor] of parts) {
    for (const [name, weight] of Object.entries(weights)) sum[name] = (sum[name] ?? 0) + weight * factor;
  }
  return sum;
}

const basis = mix([time, 1], [control, 1], [tasks, 0.6], [futures, 0.5], [callbacks, 0.3], [seldom, 0.5]);

export interface Profile {
  weights: Weights;
  /** How often the loop has the eager task factory. */
  eager: number;
  /** How often the bodies are mains of a runner. */
  runs: number;
}

const profile = (weights: Weights, eager = 0.1, runs = 0): Profile => ({ weights, eager, runs });

export const PROFILES: Record<string, Profile> = {
  tasks: profile(mix([basis, 1], [tasks, 1], [futures, 1], [callbacks, 1])),
  combinators: profile(mix([basis, 1], [combinators, 2])),
  groups: profile(mix([basis, 1], [groups, 2], [timeouts, 0.4])),
  timeouts: profile(mix([basis, 1], [timeouts, 2], [groups, 0.4], [combinators, 0.4])),
  locks: profile(mix([basis, 0.8], [locks, 1.5], [semaphores, 1.5])),
  conditions: profile(mix([basis, 0.8], [conditions, 2], [barriers, 1.5], [locks, 0.2])),
  queues: profile(mix([basis, 0.8], [queues, 3], [timeouts, 0.3])),
  contexts: profile(mix([basis, 0.8], [callbacks, 1], [contexts, 2])),
  generators: profile(mix([basis, 0.8], [generators, 2], [timeouts, 0.3])),
  eager: profile(mix([basis, 1], [groups, 1], [combinators, 1], [{ factory: 1 }, 1]), 0.8),
  stacks: profile(mix([basis, 0.8], [stacks, 2], [timeouts, 0.3], [groups, 0.3], [locks, 0.2])),
  hand: profile(mix([basis, 1], [byHand, 2], [groups, 0.2], [timeouts, 0.3], [stacks, 0.2])),
  comprehensions: profile(mix([basis, 0.8], [comprehensions, 2], [generators, 0.7], [timeouts, 0.2])),
  factories: profile(mix([basis, 1], [factories, 2], [groups, 0.7], [combinators, 0.7], [generators, 0.2]), 0.2, 0.2),
  runners: profile(
    mix([basis, 1], [tasks, 0.5], [groups, 0.5], [timeouts, 0.3], [locks, 0.3], [generators, 0.5], [stacks, 0.2]),
    0.15,
    1,
  ),
  mixed: profile(
    mix(
      [basis, 1.5],
      [combinators, 0.6],
      [groups, 0.6],
      [timeouts, 0.6],
      [locks, 0.3],
      [semaphores, 0.3],
      [conditions, 0.4],
      [barriers, 0.3],
      [queues, 0.4],
      [contexts, 0.3],
      [generators, 0.3],
      [stacks, 0.3],
      [byHand, 0.2],
      [comprehensions, 0.3],
      [factories, 0.1],
    ),
    0.2,
    0.1,
  ),
};
