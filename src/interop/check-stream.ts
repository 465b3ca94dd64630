import { describeValue } from '../core/coroutine.ts';

type StreamClass = abstract new (...args: never[]) => object;

/** Throws TypeError unless `value` is one of ours. */
export function checkStream(value: unknown, streamClass: StreamClass, caller: string): void {
  if (value instanceof streamClass) return;
  throw new TypeError(`${caller} expects a ${streamClass.name}, got ${describeValue(value)}`);
}
