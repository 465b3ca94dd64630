/** Asynchronous generators: their bodies and the operations on them. */
import {
  type AsyncCoroutineGenerator,
  asyncFor,
  asyncGenerator,
  BREAK,
  type Coroutine,
  type Emit,
  RuntimeError,
} from 'tsyncio';
import type { Op } from '../program.ts';
import { block, type LaterStep, step } from './later.ts';
import { Boom, error, type Frame, type Machine, type Return, StopAsyncIteration, show, swallows } from './machine.ts';
import { MISSING } from './now.ts';

const frame: Frame = { level: 98 };
type Made = AsyncCoroutineGenerator<number, unknown>;

/** Runs operations of which some emit; true when one of them returned. */
function* emitting(m: Machine, emit: Emit<number, unknown>, ops: readonly Op[]): Coroutine<boolean> {
  for (const op of ops) {
    if (m.over) return true;
    if (op.op !== 'emit') {
      if ((yield* step(m, frame, op)) !== undefined) return true;
      continue;
    }
    try {
      const got = yield* emit(op.v!);
      m.log(`#${op.id}`, show(got));
    } catch (thrown) {
      m.log(`#${op.id}`, `!${error(thrown)}`);
      if (!swallows(op, thrown)) throw thrown;
    }
  }
  return false;
}

export function generator(m: Machine, g: number, x: number): Made {
  const spec = m.program.generators[g]!;
  return asyncGenerator<number, unknown>(function* (emit: Emit<number>) {
    m.gensStarted[x] = true;
    try {
      try {
        yield* emitting(m, emit, spec.ops);
      } finally {
        yield* emitting(m, emit, spec.final);
      }
    } finally {
      m.log(`G${g}`, 'ends');
      m.gensOver[x] = true;
    }
  });
}

function given(result: IteratorResult<unknown, unknown>): unknown {
  if (result.done === true) throw new StopAsyncIteration();
  return result.value;
}

const onGenerator = (act: (made: Made, op: Op) => Coroutine<unknown>, closing = false): LaterStep =>
  function* (m, _fr, op) {
    const made = m.gens[op.x!];
    if (made === undefined || (closing && (m.gensOver[op.x!] || m.exitIgnored))) return MISSING;
    // A second end is one of the odd corners (docs/differences.md).
    if (closing && (op.op === 'aclose' || !m.gensStarted[op.x!])) m.gensOver[op.x!] = true;
    const closed = op.op === 'aclose' ? 1 : 0;
    m.gensClosing += closed;
    try {
      return yield* act(made, op);
    } catch (thrown) {
      if (op.op === 'aclose' && thrown instanceof RuntimeError) m.exitIgnored = true;
      throw thrown;
    } finally {
      m.gensClosing -= closed;
    }
  };

function* forGen(m: Machine, fr: Frame, op: Op): Coroutine<unknown> {
  const made = m.gens[op.x!];
  if (made === undefined) return MISSING;
  let left = op.n!;
  let returned: Return | undefined;
  yield* asyncFor(made, function* (value) {
    m.log(`#${op.id}`, show(value));
    returned = yield* block(m, fr, op.ops!);
    if (returned !== undefined) return BREAK;
    return --left <= 0 ? BREAK : undefined;
  });
  return returned;
}

export const GENERATOR_STEPS: Record<string, LaterStep> = {
  anext: onGenerator(function* (made) {
    return given(yield* made.next());
  }),
  asend: onGenerator(function* (made, op) {
    return given(yield* made.asend(op.v));
  }),
  athrow: onGenerator(function* (made, op) {
    return given(yield* made.athrow(new Boom(op.msg)));
  }, true),
  aclose: onGenerator(function* (made) {
    yield* made.aclose();
    return undefined;
  }, true),
  forGen,
  *closeGens(m) {
    if (m.exitIgnored || m.gensClosing > 0) return MISSING;
    // Once is enough to end those that are left, and a second end is one of the odd corners.
    m.gensOver.fill(true);
    yield* m.loop.shutdownAsyncGens();
    return undefined;
  },
};
