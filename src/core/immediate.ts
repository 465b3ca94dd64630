import type { Coroutine } from './coroutine.ts';

class Immediate<T> {
  private readonly value: T;

  constructor(value: T) {
    this.value = value;
  }

  next(): IteratorResult<unknown, T> {
    return { value: this.value, done: true };
  }

  throw(error: unknown): never {
    throw error;
  }

  return(value?: unknown): IteratorResult<unknown, unknown> {
    return { value, done: true };
  }

  [Symbol.iterator](): this {
    return this;
  }

  get [Symbol.toStringTag](): string {
    return 'Coroutine';
  }
}

/** A coroutine that gives `value` without suspending: cheaper than a generator that never yields. @internal */
export function immediate<T>(value: T): Coroutine<T> {
  return new Immediate(value) as unknown as Coroutine<T>;
}
