import { type Coroutine, NativeCoroutine } from '../core/coroutine.ts';
import { RuntimeError } from '../core/errors.ts';
import type { Scheduler } from '../core/scheduler.ts';

export const FRESH = 0;
/** Stands at an `emit`. */
export const PAUSED = 1;
/** Somebody awaits its next value; the body may be suspended on something else meanwhile. */
export const RUNNING = 2;
export const OVER = 3;
export type GeneratorState = typeof FRESH | typeof PAUSED | typeof RUNNING | typeof OVER;

type Step = IteratorResult<unknown, unknown>;

/** Seen as a value only by a task in which somebody else's `emit` was called. */
class EmitOutsideItsGenerator {}

/**
 * The body of an asynchronous generator. It does not know the object that the program holds, so that one can be
 * garbage-collected while the body stands at an `emit`; then the body is closed.
 */
export class GeneratorCore {
  readonly name: string;
  readonly body: Generator<unknown, unknown, unknown>;
  /** What the body hands up at an `emit`, known by identity; so that nothing is allocated and no value is mistaken. */
  readonly emission: Step = { value: new EmitOutsideItsGenerator(), done: false };
  state: GeneratorState = FRESH;
  emitted: unknown = undefined;
  /** Set once it was started. */
  scheduler: Scheduler | undefined = undefined;
  /** The object that the program holds. */
  handle: WeakRef<object> | undefined = undefined;

  constructor(name: string, makeBody: (core: GeneratorCore) => Generator<unknown, unknown, unknown>) {
    this.name = name;
    this.body = makeBody(this);
  }

  end(): void {
    this.state = OVER;
    this.scheduler?.openGenerators.delete(this);
  }

  toString(): string {
    return `<async_generator ${this.name}>`;
  }
}

/** The coroutine of one `emit`. */
class EmitStep extends NativeCoroutine {
  readonly #core: GeneratorCore;
  readonly #value: unknown;
  #state: typeof FRESH | typeof PAUSED | typeof OVER = FRESH;

  constructor(core: GeneratorCore, value: unknown) {
    super();
    this.#core = core;
    this.#value = value;
  }

  override next(sent?: unknown): Step {
    if (this.#state !== FRESH) {
      const value = this.#state === PAUSED ? sent : undefined;
      this.#state = OVER;
      return { value, done: true };
    }
    const core = this.#core;
    this.#state = OVER;
    if (core.state !== RUNNING) throw new RuntimeError(`emit was called outside of ${core}`);
    this.#state = PAUSED;
    core.emitted = this.#value;
    return core.emission;
  }

  override throw(error: unknown): never {
    this.#state = OVER;
    throw error;
  }
}

export function emitStep(core: GeneratorCore, value: unknown): Coroutine<unknown> {
  return new EmitStep(core, value) as unknown as Coroutine<unknown>;
}
