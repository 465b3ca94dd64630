import { NativeCoroutine } from '../core/coroutine.ts';

/** The `exit` of an `asyncWith` over something that is released without waiting. */
export class ReleaseOnExit extends NativeCoroutine {
  #owner: { release(): void } | undefined;

  constructor(owner: { release(): void }) {
    super();
    this.#owner = owner;
  }

  override next(): IteratorResult<unknown, undefined> {
    const owner = this.#owner;
    this.#owner = undefined;
    owner?.release();
    return { value: undefined, done: true };
  }

  override throw(error: unknown): never {
    this.#owner = undefined;
    throw error;
  }
}
