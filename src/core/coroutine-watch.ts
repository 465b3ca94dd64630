/**
 * Debug mode for a bare `function*`: what the rewritten ones of a program (`src/tools/rewrite.ts`) call, and what the tool
 * that rewrites them sets.
 */
import type { ExceptionContext } from './exception-context.ts';
import { runningSchedulerOrUndefined, type Scheduler } from './scheduler.ts';
import { forgetUnretrieved, type UnretrievedRecord, watchUnretrieved } from './unretrieved.ts';

/** True while the library makes a coroutine that nobody has to await, or whose awaiting is watched in another way. */
let unwatchedCall = false;

/** Calls a coroutine function of the program's without watching what it makes. @internal */
export function unwatched<T>(call: () => T): T {
  const before = unwatchedCall;
  unwatchedCall = true;
  try {
    return call();
  } finally {
    unwatchedCall = before;
  }
}

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

function made(name: string): Made | undefined {
  const scheduler = runningSchedulerOrUndefined() ?? coroutineWatch.started;
  if (scheduler?.debug !== true || unwatchedCall) return undefined;
  const record = new MadeRecord(scheduler, name, new Error());
  const token = new Made(record);
  watchUnretrieved(token, record);
  return token;
}

/** What `src/tools/watch-coroutines.ts` needs, and gives. @internal */
export interface CoroutineWatch {
  /** Called by every `function*` that was rewritten, with its name. */
  readonly made: (name: string) => Made | undefined;
  /** The scheduler in debug mode whose loop runs: between its turns, in Node's own callbacks, coroutines are made as well. */
  started: Scheduler | undefined;
  /** Told of a coroutine that will be closed, perhaps before it began: as in asyncio that is no reason for a report. */
  closing: ((coroutine: object) => void) | undefined;
}

/** @internal */
export const coroutineWatch: CoroutineWatch = { made, started: undefined, closing: undefined };
