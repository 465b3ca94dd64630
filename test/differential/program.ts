/**
 * A random asyncio program, as plain JSON that both interpreters read.
 *
 * Programs share a fixed stock of objects and refer to them by index; `levels` (the index of a body) keep tasks from
 * awaiting each other in a circle, since CPython recurses without end when such a circle is cancelled.
 */

/** An awaitable of a list: a slot's future, a fresh coroutine of a body, or the same object as an earlier item. */
export type Item = { s: number } | { b: number } | { same: number };

/** What an operation catches of its own errors: `err` all but CancelledError, `all` that too. */
export type Catches = 'err' | 'all';

/** One operation. Which fields it has depends on `op`; see `generate/operations.ts`. */
export interface Op {
  op: string;
  id: number;
  c?: Catches;
  /** a slot */
  k?: number;
  /** an object of the kind the operation works on */
  x?: number;
  /** a body, a callback, a generator */
  b?: number;
  cb?: number;
  g?: number;
  /** a context, a token */
  ctx?: number;
  tok?: number;
  v?: number;
  n?: number;
  ms?: number | null;
  msg?: string;
  mode?: string;
  flag?: boolean;
  item?: Item;
  items?: Item[];
  ops?: Op[];
  handler?: Op[];
  final?: Op[];
}

export interface Objects {
  slots: number;
  /** The first so many slots hold plain futures from the start. */
  futures: number;
  locks: number;
  events: number;
  semaphores: { value: number; bounded: boolean }[];
  conditions: { shared: boolean }[];
  barriers: number[];
  queues: { kind: 'fifo' | 'lifo' | 'priority'; max: number }[];
}

export interface Program {
  seed: number;
  profile: string;
  /** The loop has the eager task factory. */
  eager: boolean;
  /** Body 0 has a task of its own, so that a block in it is no deadlock of the program. */
  apart: boolean;
  /** So many bodies run as the mains of a `Runner`, which is then closed; default: body 0 alone, and time to end for the rest. */
  runs?: number;
  objects: Objects;
  /** Body 0 is the main coroutine's. */
  bodies: Op[][];
  callbacks: Op[][];
  generators: { ops: Op[]; final: Op[] }[];
}

/** One line per event: virtual time, task, what, outcome. */
export type Trace = string[];

/** Every operation of a list, nested ones included. */
export function* walk(ops: readonly Op[]): Generator<Op> {
  for (const op of ops) {
    yield op;
    for (const nested of [op.ops, op.handler, op.final]) if (nested !== undefined) yield* walk(nested);
  }
}

/** Every operation of a program. */
export function* operations(program: Program): Generator<Op> {
  for (const list of [...program.bodies, ...program.callbacks]) yield* walk(list);
  for (const { ops, final } of program.generators) {
    yield* walk(ops);
    yield* walk(final);
  }
}
