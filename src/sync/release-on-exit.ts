/** The `exit` of an `asyncWith` over something that is released without waiting. */
export class ReleaseOnExit {
  private owner: { release(): void } | undefined;

  constructor(owner: { release(): void }) {
    this.owner = owner;
  }

  next(): IteratorResult<unknown, undefined> {
    const { owner } = this;
    this.owner = undefined;
    owner?.release();
    return { value: undefined, done: true };
  }

  throw(error: unknown): never {
    this.owner = undefined;
    throw error;
  }

  return(value?: unknown): IteratorResult<unknown, unknown> {
    this.owner = undefined;
    return { value, done: true };
  }

  [Symbol.iterator](): this {
    return this;
  }

  get [Symbol.toStringTag](): string {
    return 'Coroutine';
  }
}
