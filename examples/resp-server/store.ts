import type { EventLoop, TimerHandle } from 'tsyncio';
import { CommandError } from './reply.ts';

/** A list that grows at both ends: the first half is kept from back to front. */
export class List {
  readonly #front: string[] = [];
  readonly #back: string[] = [];

  get length(): number {
    return this.#front.length + this.#back.length;
  }

  pushLeft(value: string): void {
    this.#front.push(value);
  }

  pushRight(value: string): void {
    this.#back.push(value);
  }

  popLeft(): string | undefined {
    if (this.#front.length === 0) this.#share(this.#back, this.#front);
    return this.#front.pop();
  }

  popRight(): string | undefined {
    if (this.#back.length === 0) this.#share(this.#front, this.#back);
    return this.#back.pop();
  }

  at(index: number): string {
    const { length } = this.#front;
    return index < length ? this.#front[length - 1 - index]! : this.#back[index - length]!;
  }

  /** Gives the far half of `from` to `to`, which is empty. */
  #share(from: string[], to: string[]): void {
    const far = from.splice(0, Math.ceil(from.length / 2));
    for (let i = far.length - 1; i >= 0; i -= 1) to.push(far[i]!);
  }
}

type Value = string | List;

/** Keys and values as strings of bytes. A key that expires has a timer of the loop. */
export class Store {
  readonly #loop: EventLoop;
  readonly #values = new Map<string, Value>();
  readonly #expiries = new Map<string, TimerHandle>();

  constructor(loop: EventLoop) {
    this.#loop = loop;
  }

  get size(): number {
    return this.#values.size;
  }

  has(key: string): boolean {
    return this.#values.has(key);
  }

  getString(key: string): string | undefined {
    const value = this.#values.get(key);
    if (value instanceof List) throw wrongType();
    return value;
  }

  getList(key: string): List | undefined {
    const value = this.#values.get(key);
    if (typeof value === 'string') throw wrongType();
    return value;
  }

  set(key: string, value: Value): void {
    this.#values.set(key, value);
  }

  delete(key: string): boolean {
    this.persist(key);
    return this.#values.delete(key);
  }

  /** False when there is no such key. */
  expire(key: string, ms: number): boolean {
    if (!this.#values.has(key)) return false;
    if (ms <= 0) return this.delete(key);
    this.persist(key);
    this.#expiries.set(
      key,
      this.#loop.callLater(ms, () => this.delete(key)),
    );
    return true;
  }

  /** In milliseconds; undefined for a key without an expiry. */
  timeToLive(key: string): number | undefined {
    const timer = this.#expiries.get(key);
    return timer === undefined ? undefined : timer.when() - this.#loop.time();
  }

  /** False when it would not have expired. */
  persist(key: string): boolean {
    this.#expiries.get(key)?.cancel();
    return this.#expiries.delete(key);
  }

  clear(): void {
    for (const timer of this.#expiries.values()) timer.cancel();
    this.#expiries.clear();
    this.#values.clear();
  }
}

const wrongType = (): CommandError =>
  new CommandError('WRONGTYPE Operation against a key holding the wrong kind of value');
