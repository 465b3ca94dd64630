import { describeValue } from '../core/coroutine.ts';

/** Node's EventEmitter, or what has its methods. */
export interface EmitterLike {
  on(event: string | symbol, listener: (...args: unknown[]) => void): unknown;
  removeListener(event: string | symbol, listener: (...args: unknown[]) => void): unknown;
}

/** An EventTarget, or what has its methods. */
export interface EventTargetLike {
  addEventListener(event: string, listener: (event: Event) => void): void;
  removeEventListener(event: string, listener: (event: Event) => void): void;
}

type Listener = (...args: unknown[]) => void;

/** The listeners that one `once` or `on` has added, so that they go together. */
export class Listening {
  readonly #source: EmitterLike | EventTargetLike;
  /** An emitter with both ways (MessagePort, `ws`) is taken as what Node made it. */
  readonly #isEmitter: boolean;
  #removers: (() => void)[] = [];

  /** Throws TypeError for what emits no events. */
  constructor(source: EmitterLike | EventTargetLike, caller: string) {
    const emitter = source as Partial<EmitterLike> | null | undefined;
    this.#isEmitter = typeof emitter?.on === 'function' && typeof emitter.removeListener === 'function';
    if (!this.#isEmitter && typeof (source as Partial<EventTargetLike> | null)?.addEventListener !== 'function') {
      throw new TypeError(`${caller} expects an EventEmitter or an EventTarget, got ${describeValue(source)}`);
    }
    this.#source = source;
  }

  to(event: string | symbol, listener: Listener): void {
    if (this.#isEmitter) {
      const emitter = this.#source as EmitterLike;
      emitter.on(event, listener);
      this.#removers.push(() => emitter.removeListener(event, listener));
    } else {
      this.#toTarget(this.#source as EventTargetLike, event as string, listener);
    }
  }

  /** An emitter's errors; an EventTarget has no such thing. With the event itself called 'error' it is no failure. */
  toErrors(event: string | symbol, listener: (error: unknown) => void): void {
    if (this.#isEmitter && event !== 'error') this.to('error', listener);
  }

  toAbort(signal: AbortSignal | undefined, listener: (reason: unknown) => void): void {
    if (signal !== undefined) this.#toTarget(signal, 'abort', () => listener(signal.reason));
  }

  #toTarget(target: EventTargetLike, event: string, listener: (event: Event) => void): void {
    target.addEventListener(event, listener);
    this.#removers.push(() => target.removeEventListener(event, listener));
  }

  stop(): void {
    for (const remove of this.#removers) remove();
    this.#removers = [];
  }

  describe(what: string, event: string | symbol): string {
    return `${what} ${String(event)} of ${describeValue(this.#source)}`;
  }
}
