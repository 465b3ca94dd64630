/** Who comes to the bar: always the same people, so that two evenings can be compared. */

export interface Customer {
  readonly name: string;
  /** In milliseconds after the bar opens. */
  readonly arrivesMs: number;
  /** In milliseconds: how long one glass lasts. */
  readonly drinkingMs: number;
  readonly drinks: readonly string[];
}

/** Those whose evening is told in full. */
export const REGULARS = ['Ann', 'Bob', 'Cleo'];
const DRINKS = ['stout', 'cider', 'tonic', 'lemonade', 'ginger ale'];

const ARRIVALS_MS = 1_000;
const QUICKEST_MS = 200;
const SLOWEST_MS = 700;
const MOST_DRINKS = 4;
const DRINKS_OF_A_REGULAR = 2;

/** Numbers from 0 to below 1, the same ones for the same seed (a linear congruential generator). */
function* dice(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    yield state / 2 ** 32;
  }
}

export function invite(count: number): Customer[] {
  const throws = dice(7);
  const between = (low: number, high: number): number => Math.floor(low + throws.next().value * (high - low));
  return Array.from({ length: count }, (_, index) => {
    const regular = REGULARS[index];
    const glasses = regular === undefined ? between(1, MOST_DRINKS + 1) : DRINKS_OF_A_REGULAR;
    return {
      name: regular ?? `guest ${index + 1}`,
      arrivesMs: between(0, ARRIVALS_MS),
      drinkingMs: between(QUICKEST_MS, SLOWEST_MS),
      drinks: Array.from({ length: glasses }, () => DRINKS[between(0, DRINKS.length)]!),
    };
  });
}
