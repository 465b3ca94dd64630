/** Lazy operators, and iterators of completed futures that are held and asked by hand. */
import { asCompleted, asyncIter, asyncIterate, type Coroutine, collect, RuntimeError } from 'tsyncio';
import type { Op } from '../program.ts';
import { block, type LaterStep } from './later.ts';
import { type Frame, type Machine, type Return, StopAsyncIteration, show } from './machine.ts';
import { MISSING, resolveAll, type Step, state } from './now.ts';

type Source = Machine['gens'][number];
type Comprehension = (use: Use, g: Source, h: Source) => Coroutine<unknown>;

/** What the functions of an operator do: its block, and then something of the value. */
class Use {
  readonly #m: Machine;
  readonly #fr: Frame;
  readonly op: Op;

  constructor(m: Machine, fr: Frame, op: Op) {
    this.#m = m;
    this.#fr = fr;
    this.op = op;
  }

  *#block(value: number): Coroutine<Return | undefined> {
    this.#m.log(`#${this.op.id}`, show(value));
    return yield* block(this.#m, this.#fr, this.op.ops!);
  }

  readonly apply = function* (this: Use, value: number): Coroutine<number> {
    const returned = yield* this.#block(value);
    return returned === undefined ? value : (returned.value as number);
  }.bind(this);

  readonly test = function* (this: Use, value: number): Coroutine<boolean> {
    const returned = yield* this.#block(value);
    return value % 2 === 0 || returned !== undefined;
  }.bind(this);
}

const even = (value: number): boolean => value % 2 === 0;

const KINDS: Record<string, Comprehension> = {
  list: (_use, g) => collect(g),
  map: (use, g) => collect(asyncIter(g).map(use.apply)),
  filter: (use, g) => collect(asyncIter(g).filter(use.test)),
  both: (use, g) => collect(asyncIter(g).filter(even).map(use.apply)),
  take: (use, g) => collect(asyncIter(g).take(use.op.n!)),
  drop: (use, g) => collect(asyncIter(g).drop(use.op.n!)),
  takeWhile: (use, g) => collect(asyncIter(g).takeWhile(use.test)),
  dropWhile: (use, g) => collect(asyncIter(g).dropWhile(use.test)),
  flat: (_use, g, h) => collect(asyncIter(g).flatMap(() => h)),
  zip: (_use, g, h) => collect(asyncIter(g).zip(h)),
  concat: (_use, g, h) => collect(asyncIter(g).concat(h)),
  reduce: (use, g) =>
    asyncIter(g).reduce(function* (total: number, value) {
      return total + (yield* use.apply(value));
    }, 0),
  enumerate: (_use, g) => asyncIter(g).enumerate().collect(),
  *expression(use, g) {
    try {
      return yield* collect(asyncIter(asyncIter(g).map(use.apply)).filter(even));
    } catch (thrown) {
      // Python's generators let none out (PEP 479).
      throw thrown instanceof StopAsyncIteration ? new RuntimeError(thrown.message, { cause: thrown }) : thrown;
    }
  },
};

function* comprehension(m: Machine, fr: Frame, op: Op): Coroutine<unknown> {
  const g = m.gens[op.x!];
  const h = m.gens[op.v!];
  if (g === undefined || h === undefined) return MISSING;
  return yield* KINDS[op.mode!]!(new Use(m, fr, op), g, h);
}

const completedNew: Step = (m, _fr, op) => {
  const [found, level] = resolveAll(m, op.items!);
  m.iterators[op.x!] = asCompleted(found, { timeout: op.ms ?? undefined });
  m.iteratorLevels[op.x!] = level;
};

type Held = NonNullable<Machine['iterators'][number]>;

const held = (act: (iterator: Held, end: () => void) => Coroutine<unknown>): LaterStep =>
  function* (m, fr, op) {
    const x = op.x!;
    if (m.iterators[x] === undefined) completedNew(m, fr, op);
    if (m.iteratorLevels[x]! <= fr.level) return MISSING;
    return yield* act(m.iterators[x]!, () => {
      m.iterators[x] = undefined;
    });
  };

export const ITERATION_NOW: Record<string, Step> = { acNew: completedNew };

export const ITERATION_LATER: Record<string, LaterStep> = {
  comp: comprehension,
  acNext: held(function* (iterator, end) {
    const step = yield* iterator[asyncIterate]().next();
    if (step.done === true) {
      end();
      throw new StopAsyncIteration();
    }
    return state(step.value);
  }),
  acTake: held(function* (iterator, end) {
    for (const awaitable of iterator) return yield* awaitable;
    end();
    return 'end';
  }),
};
