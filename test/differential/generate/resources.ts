/** Exit stacks, groups and timeouts entered by hand, comprehensions, held iterators, task factories. */
import { items, limit, type Maker, MESSAGES, nested, object, type Place, two } from './operations.ts';

const MANAGERS = ['locks', 'sems', 'conds', 'bars', 'group', 'timeout', 'stacks'] as const;
const COMPREHENSIONS = [
  'list',
  'map',
  'filter',
  'both',
  'take',
  'drop',
  'takeWhile',
  'dropWhile',
  'flat',
  'zip',
  'concat',
  'reduce',
  'enumerate',
  'expression',
] as const;

/** What to make an iterator of when none is held. */
const completions: Maker = (p) => ({ x: two(p), items: items(p, 0.6), ms: limitOrNone(p) });
const limitOrNone = (p: Place): number | null => (p.random.chance(0.3) ? null : limit(p));
const inStack: Maker = (p) => nested(p, () => ({ x: two(p), ops: p.block(1, 4) }));
const left: Maker = (p) => ({
  x: two(p),
  mode: p.random.pick(['none', 'none', 'boom', 'cancelled']),
  msg: p.random.pick(MESSAGES),
});

const pushed =
  (swallows: number): Maker =>
  (p) =>
    nested(p, () => {
      const mode = p.random.chance(0.3) ? 'sync' : 'async';
      return { x: two(p), mode, ops: p.exit(mode === 'async'), ...(p.random.chance(swallows) ? { flag: true } : {}) };
    });

export const RESOURCES_NOW: Record<string, Maker> = {
  stNew: object,
  stPush: pushed(0.3),
  stCb: pushed(0),
  stPop: (p) => ({ x: two(p), n: two(p) }),
  acNew: completions,
  ownFactory: (p) => ({ mode: p.random.pick(['log', 'log', 'sub', 'eagerSub', 'fail']) }),
  isOwn: () => ({}),
};

export const RESOURCES_LATER: Record<string, Maker> = {
  stEnter: (p) => ({ x: two(p), mode: p.random.pick(MANAGERS), n: two(p), ms: limitOrNone(p) }),
  stClose: object,
  stack: inStack,
  restack: inStack,
  gEnter: object,
  gExit: left,
  tEnter: (p) => ({ x: two(p), ms: limitOrNone(p) }),
  tExit: left,
  acNext: completions,
  acTake: completions,
  comp: (p) =>
    nested(p, () => ({
      x: two(p),
      v: two(p),
      mode: p.random.pick(COMPREHENSIONS),
      n: p.random.below(4),
      ops: p.block(0, 2),
    })),
};
