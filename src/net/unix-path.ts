import { describeValue } from '../core/coroutine.ts';
import type { UnixAddress } from '../io/address.ts';

/** The address of a path, or of a name in Linux's abstract namespace (`'\0name'`). Throws TypeError, RangeError. */
export function unixAddress(path: unknown, what: string): UnixAddress {
  if (typeof path !== 'string') throw new TypeError(`${what}: path must be a string, got ${describeValue(path)}`);
  if (path === '' || path === '\0') throw new RangeError(`${what}: path must not be empty`);
  // The system would take only what is before it.
  if (path.indexOf('\0', 1) > 0) throw new RangeError(`${what}: path must not contain a zero character`);
  return { family: 'unix', path };
}

/** An abstract name is no file: it is gone with the last descriptor. */
export function isAbstract({ path }: UnixAddress): boolean {
  return path.startsWith('\0');
}
