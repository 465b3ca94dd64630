/** True when two types are the same, to the letter: `any` equals nothing but itself. */
export type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/**
 * Does not compile unless the type inferred for `value` is exactly `Expected`.
 *
 * @example
 * exactly<number>()(yield* sleep(1, 5));
 */
export function exactly<Expected>(): <Actual>(
  value: Actual,
  ...proof: Same<Actual, Expected> extends true ? [] : [expected: Expected, never]
) => void {
  return () => {};
}
