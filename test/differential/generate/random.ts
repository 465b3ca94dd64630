/** A small seeded generator of random numbers (xorshift with a multiplied start), the same on every machine. */
export class Random {
  #state: number;

  constructor(seed: number) {
    // Neighbouring seeds must not give neighbouring programs, and the state must never be 0.
    this.#state = (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ 0x2545f491) | 0 || 1;
    for (let i = 0; i < 8; i++) this.#next();
  }

  #next(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return x >>> 0;
  }

  /** A whole number from 0 up to and without `limit`. */
  below(limit: number): number {
    return Math.floor((this.#next() / 0x1_0000_0000) * limit);
  }

  /** A whole number from `low` to `high`, both possible. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  chance(probability: number): boolean {
    return this.#next() / 0x1_0000_0000 < probability;
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)]!;
  }

  /** Picks a key with a probability in proportion to its weight. */
  weighted<K>(choices: readonly (readonly [K, number])[]): K {
    const total = choices.reduce((sum, [, weight]) => sum + weight, 0);
    let left = (this.#next() / 0x1_0000_0000) * total;
    for (const [key, weight] of choices) {
      left -= weight;
      if (left < 0) return key;
    }
    return choices[choices.length - 1]![0];
  }
}
