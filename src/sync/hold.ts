/**
 * What `acquire` gives: true in a condition, and `using` releases it, once.
 *
 * @example
 * using hold = yield* lock.acquire();
 */
export interface Hold extends Disposable {
  /** False once it was given back. */
  readonly held: boolean;
}
