declare const suspensionBrand: unique symbol;
declare const plainBrand: unique symbol;
declare const emittedBrand: unique symbol;

/** What a coroutine hands to the loop when it suspends. Opaque: only the library makes them. */
export interface Suspension {
  readonly [suspensionBrand]: true;
  // Never there: keeps TypeScript from folding `Suspension | Emission<V>` into Suspension when it infers what a
  // generator yields, while an Emission stays assignable to a Suspension.
  readonly [plainBrand]?: never;
}

/** The suspension at an `emit`, which carries the type of the value emitted. Opaque as well. */
export interface Emission<V> {
  readonly [suspensionBrand]: true;
  readonly [emittedBrand]: V;
}

/** A service that can be started, paused and resumed: what a `function*` returns. Awaited with `yield*`. */
export type Coroutine<T> = Generator<Suspension, T, unknown>;

/** Anything that `yield*` can wait for: a coroutine, a future, a task, or an object whose iterator is a coroutine. */
export interface Awaitable<T> {
  [Symbol.iterator](): Coroutine<T>;
}

/** A coroutine function: `function*` that returns a coroutine. */
export type CoroutineFunction<A extends unknown[], T> = (...args: A) => Coroutine<T>;

/** What every function that takes awaitables accepts. */
export type AwaitableLike<T> = Awaitable<T> | PromiseLike<T>;

/** The value that an awaitable or promise ends with. */
export type AwaitedOf<A> = A extends Awaitable<infer T> ? T : A extends PromiseLike<infer T> ? T : never;

/**
 * The base of coroutines that the library writes by hand, one level cheaper than a generator.
 * They are one-shot iterators with the three methods of a generator.
 */
export abstract class NativeCoroutine {
  abstract next(value?: unknown): IteratorResult<unknown, unknown>;
  abstract throw(error: unknown): IteratorResult<unknown, unknown>;

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

/** `instanceof` this: a generator object of this realm. A walk along prototypes, where every look-up by name would miss. */
function AnyGenerator(): void {}
AnyGenerator.prototype = Object.getPrototypeOf(function* () {}).prototype;
const anyGenerator = AnyGenerator as unknown as abstract new () => { readonly generator: true };
/** The `next` of all of them. @internal */
export const nextOfGenerator = (AnyGenerator.prototype as Generator).next as (this: object) => IteratorResult<unknown>;

/** `coroutine.next()`, without a look along the prototypes of one of the many generator functions. @internal */
export function resume(coroutine: Coroutine<unknown>): IteratorResult<unknown, unknown> {
  return coroutine instanceof anyGenerator ? nextOfGenerator.call(coroutine) : coroutine.next();
}

/** `coroutine[Symbol.iterator]()`, what `yield*` does with it. @internal */
export function iterate(coroutine: Coroutine<unknown>): Coroutine<unknown> {
  return coroutine instanceof anyGenerator ? coroutine : coroutine[Symbol.iterator]();
}

/** @internal */
export function isGenerator(value: unknown): boolean {
  return value instanceof anyGenerator;
}

/** True for what calling a coroutine function gives: a generator object, not yet finished or finished. */
export function isCoroutine(value: unknown): value is Coroutine<unknown> {
  if (value instanceof anyGenerator) return true;
  if (typeof value !== 'object' || value === null) return false;
  // By its tag: those written by hand, and generators of another realm (vm, test runners).
  const tag = (value as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag];
  if (tag !== 'Generator' && tag !== 'Coroutine') return false;
  return typeof (value as Generator).next === 'function' && typeof (value as Generator).throw === 'function';
}

/** True for a `function*`. A plain function that returns a coroutine is not one, as in asyncio. */
export function isCoroutineFunction(value: unknown): value is CoroutineFunction<never[], unknown> {
  return typeof value === 'function' && Object.prototype.toString.call(value) === '[object GeneratorFunction]';
}

/** What `value` is, for the messages of type errors. */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'function') return `function ${value.name || '(anonymous)'}`;
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (typeof value !== 'object') return `${typeof value} ${String(value)}`;
  const name = value.constructor?.name;
  return name ? `an object of type ${name}` : 'an object';
}
