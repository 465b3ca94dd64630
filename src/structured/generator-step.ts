import { type Coroutine, NativeCoroutine } from '../core/coroutine.ts';
import { RuntimeError } from '../core/errors.ts';
import { GeneratorExit } from '../core/generator-exit.ts';
import { runningScheduler, type Scheduler } from '../core/scheduler.ts';
import { spawn } from '../core/spawn.ts';
import { FRESH, type GeneratorCore, OVER, PAUSED, RUNNING } from './generator-core.ts';

type Step = IteratorResult<unknown, unknown>;

const NEW = 0;
const UNDER_WAY = 1;
const DONE = 2;

export type GeneratorMethod = 'next' | 'asend' | 'athrow' | 'aclose';

/** One awaited step of an asynchronous generator: runs its body, in the awaiting task, up to the next `emit`. */
export class GeneratorStep extends NativeCoroutine {
  readonly #core: GeneratorCore;
  /** Held so that the generator is not collected, and closed, under a step. */
  readonly #handle: object;
  readonly #method: GeneratorMethod;
  /** What is sent or thrown in. */
  readonly #value: unknown;
  #state: typeof NEW | typeof UNDER_WAY | typeof DONE = NEW;

  constructor(core: GeneratorCore, handle: object, method: GeneratorMethod, value: unknown) {
    super();
    this.#core = core;
    this.#handle = handle;
    this.#method = method;
    this.#value = value;
  }

  override next(): Step {
    if (this.#state === NEW) return this.begin();
    if (this.#state === DONE) return { value: undefined, done: true };
    return this.drive(false, undefined);
  }

  override throw(error: unknown): Step {
    if (this.#state === NEW) {
      // A task of this step that is cancelled before it starts: as in asyncio the body gets the error, so that one that
      // is being closed does clean up.
      this.refuseSecondUser();
      this.#state = UNDER_WAY;
      this.#core.state = RUNNING;
    }
    if (this.#state === UNDER_WAY) return this.drive(true, error);
    throw error;
  }

  private refuseSecondUser(): void {
    const core = this.#core;
    if (core.state !== RUNNING) return;
    this.#state = DONE;
    throw new RuntimeError(`${this.#method}(): asynchronous generator is already running: ${core}`);
  }

  private begin(): Step {
    const core = this.#core;
    this.refuseSecondUser();
    this.#state = DONE;
    if (core.state === OVER) return this.ended();
    if (core.state === FRESH && this.isThrowing()) {
      // Nothing of the body has run, so there is nothing to clean up.
      over(core);
      return this.ended();
    }
    // Before the check below: asyncio's loop knows a generator from the first attempt on.
    if (core.scheduler === undefined) track(core, this.#handle, runningScheduler());
    if (core.state === FRESH && this.#value !== undefined) {
      throw new TypeError(`can't send a value to ${core}, which was just started`);
    }
    this.#state = UNDER_WAY;
    core.state = RUNNING;
    return this.drive(this.isThrowing(), this.#value);
  }

  private isThrowing(): boolean {
    return this.#method === 'athrow' || this.#method === 'aclose';
  }

  /** What a generator gives that has ended already. */
  private ended(): Step {
    if (this.#method === 'athrow') throw this.#value;
    return this.result(undefined, true);
  }

  private drive(throwing: boolean, value: unknown): Step {
    const core = this.#core;
    let step: Step;
    try {
      step = throwing ? core.body.throw(value) : core.body.next(value);
    } catch (error) {
      this.#state = DONE;
      over(core);
      if (this.#method === 'aclose' && error instanceof GeneratorExit) return { value: undefined, done: true };
      throw error;
    }
    if (step === core.emission) return this.emitted();
    if (step.done !== true) return step.value === core.emission.value ? this.emitted() : step;
    this.#state = DONE;
    over(core);
    return this.result(undefined, true);
  }

  private emitted(): Step {
    const core = this.#core;
    const value = core.emitted;
    this.#state = DONE;
    core.emitted = undefined;
    core.state = PAUSED;
    if (this.#method !== 'aclose') return this.result(value, false);
    throw new RuntimeError(`${core} ignored GeneratorExit: it emitted while it was being closed`);
  }

  private result(value: unknown, done: boolean): Step {
    return { value: this.#method === 'aclose' ? undefined : { value, done }, done: true };
  }
}

export function generatorStep<R>(
  core: GeneratorCore,
  handle: object,
  method: GeneratorMethod,
  value: unknown,
): Coroutine<R> {
  return new GeneratorStep(core, handle, method, value) as unknown as Coroutine<R>;
}

/** The step that closes it. */
export function closeStep(core: GeneratorCore, handle: object): Coroutine<void> {
  return generatorStep(core, handle, 'aclose', new GeneratorExit());
}

/** Generators that were left half-way and that nobody can reach any more: their `finally` blocks still have to run. */
const abandoned = new FinalizationRegistry<GeneratorCore>((core) => {
  const { scheduler } = core;
  if (core.state !== PAUSED || scheduler === undefined || scheduler.closed) return;
  scheduler.callSoon(() => spawn(scheduler, closeStep(core, core)));
});

/** Called when a generator is started. */
function track(core: GeneratorCore, handle: object, scheduler: Scheduler): void {
  if (scheduler.generatorsShutDown) console.warn(`${core} was started after loop.shutdownAsyncGens()`);
  core.scheduler = scheduler;
  core.handle = new WeakRef(handle);
  scheduler.openGenerators.add(core);
  abandoned.register(handle, core, core);
}

/** There is nothing left to close, and the registry must not hold the body: it may well lead back to the handle. */
function over(core: GeneratorCore): void {
  core.end();
  abandoned.unregister(core);
}
