import type { AsyncContextManager } from '../core/async-protocols.ts';
import { type Coroutine, describeValue, isGenerator, iterate, resume, type Suspension } from '../core/coroutine.ts';
import { RuntimeError, thrownBy } from '../core/errors.ts';

/** The body's result; undefined as well where the manager may swallow an error. */
export type WithResult<M, R> = M extends { exit(error: unknown): Coroutine<infer X> }
  ? true extends X
    ? R | undefined
    : R
  : R;

/** What a manager's `enter` gives. */
export type EnteredBy<M> = M extends { enter(): Coroutine<infer T> } ? T : never;

type Step = IteratorResult<unknown, unknown>;
type AnyManager = AsyncContextManager<unknown>;
type Body = ((value: unknown) => Coroutine<unknown>) | Coroutine<unknown>;

const FRESH = 0;
const ENTERING = 1;
const INSIDE = 2;
const LEAVING = 3;
const OVER = 4;

function part(coroutine: Coroutine<unknown>, method: string): Coroutine<unknown> {
  if (isGenerator(coroutine) || typeof coroutine?.next === 'function') return iterate(coroutine);
  throw new TypeError(
    `${method} of an asynchronous context manager must give a coroutine, got ${describeValue(coroutine)}`,
  );
}

/**
 * A coroutine written by hand: one level of `yield*` less than a generator to resume, and one object less to make. It has
 * no base class for the same reason (docs/design/scheduler.md).
 */
class With {
  private readonly manager: AnyManager;
  private readonly body: Body;
  private phase: typeof FRESH | typeof ENTERING | typeof INSIDE | typeof LEAVING | typeof OVER = FRESH;
  /** What runs now: `enter`, the body or `exit`. */
  private part: Coroutine<unknown> | undefined = undefined;
  private failed = false;
  /** Of the body: its result, or what it threw. */
  private outcome: unknown = undefined;

  constructor(manager: AnyManager, body: Body) {
    this.manager = manager;
    this.body = body;
  }

  next(): Step {
    if (this.phase === FRESH) return this.enter();
    if (this.phase === OVER) return { value: undefined, done: true };
    let step: Step;
    try {
      step = resume(this.part!);
    } catch (error) {
      return this.threw(error);
    }
    return step.done === true ? this.ended(step.value) : step;
  }

  throw(error: unknown): Step {
    if (this.phase === FRESH) this.phase = OVER;
    if (this.phase === OVER) throw error;
    let step: Step;
    try {
      step = this.part!.throw(error);
    } catch (thrown) {
      return this.threw(thrown);
    }
    return step.done === true ? this.ended(step.value) : step;
  }

  /** Ends it without `exit`, as `return` on a generator would. */
  return(value?: unknown): Step {
    const { part } = this;
    this.phase = OVER;
    this.part = undefined;
    part?.return(undefined);
    return { value, done: true };
  }

  [Symbol.iterator](): this {
    if (this.phase === OVER) throw new RuntimeError('cannot reuse already awaited coroutine');
    return this;
  }

  get [Symbol.toStringTag](): string {
    return 'Coroutine';
  }

  private enter(): Step {
    this.phase = OVER;
    const { manager } = this;
    if (typeof manager?.enter !== 'function' || typeof manager.exit !== 'function') {
      throw new TypeError(`asyncWith expects an object with enter and exit, got ${describeValue(manager)}`);
    }
    this.part = part(manager.enter(), 'enter');
    this.phase = ENTERING;
    return this.next();
  }

  /** Begins the body; what this throws counts as thrown by it. */
  private start(value: unknown): void {
    const { body } = this;
    const coroutine = typeof body === 'function' ? body(value) : body;
    if (!isGenerator(coroutine) && typeof coroutine?.next !== 'function') {
      throw new TypeError(`the body of asyncWith must be a function* or a coroutine, got ${describeValue(coroutine)}`);
    }
    this.part = iterate(coroutine);
  }

  /** The part that ran has ended with `value`. */
  private ended(value: unknown): Step {
    if (this.phase === ENTERING) {
      this.phase = INSIDE;
      try {
        this.start(value);
      } catch (error) {
        return this.threw(error);
      }
      return this.next();
    }
    if (this.phase === INSIDE) {
      this.outcome = value;
      return this.leave(undefined);
    }
    this.phase = OVER;
    this.part = undefined;
    if (!this.failed) return { value: this.outcome, done: true };
    if (value !== true) throw this.outcome;
    return { value: undefined, done: true };
  }

  /** The part that ran has thrown. */
  private threw(error: unknown): Step {
    if (this.phase === INSIDE) {
      this.failed = true;
      this.outcome = thrownBy(error);
      return this.leave(this.outcome);
    }
    this.phase = OVER;
    this.part = undefined;
    throw error;
  }

  private leave(error: unknown): Step {
    this.phase = OVER;
    this.part = part(this.manager.exit(error), 'exit');
    this.phase = LEAVING;
    return this.next();
  }
}

/**
 * Python's `async with`: enters the manager, runs the body with what `enter` gave, and leaves the manager in any case,
 * telling it what the body threw. An `exit` that gives true swallows the error. The body may also be a coroutine itself;
 * where this runs often that is the faster way, for the engine takes some microseconds for each fresh `function*`.
 *
 * @example
 * yield* asyncWith(timeout(1_000), serve('Ann'));
 * const total = yield* asyncWith(lock, function* () { return yield* count(); });
 */
export function asyncWith<M extends AsyncContextManager<unknown>, R, Y extends Suspension = Suspension>(
  manager: M,
  body: ((value: EnteredBy<M>) => Generator<Y, R, unknown>) | Generator<Y, R, unknown>,
): Generator<Suspension | Y, WithResult<M, R>, unknown> {
  return new With(manager, body as Body) as unknown as Generator<Suspension | Y, WithResult<M, R>, unknown>;
}
