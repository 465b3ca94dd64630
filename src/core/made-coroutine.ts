import type { ExceptionContext } from './exception-context.ts';
import type { Scheduler } from './scheduler.ts';
import { forgetUnretrieved, type UnretrievedRecord, watchUnretrieved } from './unretrieved.ts';

/**
 * What a rewritten `function*` makes as it is called, before its generator object is there, and keeps as a variable: it
 * lives as long as that object. The two do not know each other.
 */
export class Made {
  readonly #record: UnretrievedRecord;

  constructor(record: UnretrievedRecord) {
    this.#record = record;
  }

  /** The first line of the function's body. */
  begun(): void {
    forgetUnretrieved(this.#record);
  }
}

/** Two frames that are not of where it was called: that of `made`, and that of the `function*` itself. */
const FRAMES_OF_MADE = 2;

/** To write a stack down costs far more than to take it, and nearly every coroutine begins at once: so it waits. */
class MadeRecord implements UnretrievedRecord {
  report: ((context: ExceptionContext) => void) | undefined;
  readonly pool: Set<UnretrievedRecord>;
  readonly #name: string;
  #at: Error | undefined;
  #context: ExceptionContext | undefined = undefined;

  constructor(scheduler: Scheduler, name: string, at: Error) {
    this.report = scheduler.report;
    this.pool = scheduler.unretrieved;
    this.#name = name;
    this.#at = at;
  }

  get context(): ExceptionContext | undefined {
    if (this.#at !== undefined) {
      const [head, ...frames] = (this.#at.stack ?? '').split('\n');
      const sourceTraceback = [head, ...frames.slice(FRAMES_OF_MADE)].join('\n');
      this.#at = undefined;
      this.#context = { message: `coroutine '${this.#name}' was never awaited`, sourceTraceback };
    }
    return this.#context;
  }

  /** Never another. */
  set context(over: undefined) {
    this.#at = over;
    this.#context = over;
  }
}

/** `at` was made by the function that the `function*` called. */
export function noteMade(scheduler: Scheduler, name: string, at: Error): Made {
  const record = new MadeRecord(scheduler, name, at);
  const token = new Made(record);
  watchUnretrieved(token, record);
  return token;
}
