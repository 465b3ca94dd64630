import type { Transferable } from 'node:worker_threads';
import { describeValue } from '../core/coroutine.ts';

/** Registered, since a thread may have loaded this module a second time. */
const BRAND = Symbol.for('tsyncio.transfer');

/** A value whose memory moves to the other thread. */
export interface Moved {
  readonly [BRAND]: true;
  readonly value: unknown;
  readonly list: readonly Transferable[];
}

/**
 * Marks an argument of `toThread` or `runInExecutor`, or the result of a function that runs in a thread: its memory is
 * handed over instead of copied, and can no longer be used on this side. `list` says what is handed over where `value`
 * is neither an ArrayBuffer, nor a view of one, nor a MessagePort. The type is that of the value, as the other side sees it.
 *
 * Throws TypeError when there is nothing to hand over. Handing over part of Node's pooled memory (a small `Buffer`)
 * fails with a DataCloneError.
 *
 * @example
 * const pixels = yield* toThread((image: Uint8Array) => { image.reverse(); return transfer(image); }, transfer(image));
 */
export function transfer<T>(value: T, list?: readonly Transferable[]): T {
  return { [BRAND]: true, value, list: list ?? [memoryOf(value)] } as unknown as T;
}

function memoryOf(value: unknown): Transferable {
  if (ArrayBuffer.isView(value)) return value.buffer as ArrayBuffer;
  if (value instanceof ArrayBuffer || value instanceof MessagePort) return value;
  throw new TypeError(
    `transfer expects an ArrayBuffer, a view of one, a MessagePort or a list, got ${describeValue(value)}`,
  );
}

export function isMoved(value: unknown): value is Moved {
  return typeof value === 'object' && value !== null && BRAND in value;
}
