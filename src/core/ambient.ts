/**
 * What surrounds tasks and callbacks besides their Context and should follow them as it does; on Node, the values of
 * AsyncLocalStorage. The core knows only that there may be such a thing: one null check where it makes a task, a handle
 * or a done callback. @internal
 */
export interface Ambient {
  /** `fn`, to be called later with the surroundings of now. It keeps its name, for messages. */
  bind<A extends unknown[]>(fn: (...args: A) => void): (...args: A) => void;
  /** Makes a task by `make`; each of its steps goes on in the surroundings in which the one before ended. */
  makeTask<T extends object>(make: () => T): T;
  /** Runs turns in the surroundings of the loop itself, whoever woke it. */
  enterHome(turns: () => void): void;
}
