/** Checks of what programs pass in: each throws an error that says what was expected and what came. */
import { describeValue, isCoroutine } from '../core/coroutine.ts';
import { checkTlsOptions } from './tls-settings.ts';

const HIGHEST_PORT = 65_535;

/** Throws TypeError, with a hint for strings, unless `data` is a Uint8Array. */
export function checkBytes(data: unknown, what: string): asserts data is Uint8Array {
  if (data instanceof Uint8Array) return;
  const hint =
    typeof data === 'string'
      ? ' (encode it: Buffer.from(text) or new TextEncoder().encode(text))'
      : data instanceof ArrayBuffer || ArrayBuffer.isView(data)
        ? ' (wrap its memory: new Uint8Array(buffer, byteOffset, byteLength))'
        : isCoroutine(data)
          ? ' (was a yield* forgotten?)'
          : '';
  throw new TypeError(`${what} expects a Uint8Array or Buffer, got ${describeValue(data)}${hint}`);
}

/** The pieces of a `writeLines`, all checked before one is written: a mistake among them sends nothing. */
export function checkPieces(list: Iterable<Uint8Array>): readonly Uint8Array[] {
  const pieces = [...list];
  for (const piece of pieces) checkBytes(piece, 'writeLines');
  return pieces;
}

/** Throws TypeError unless it is a number, RangeError unless it is an integer from 0 to 65535. */
export function checkPort(port: unknown, what: string): asserts port is number {
  if (typeof port !== 'number') throw new TypeError(`${what}: port must be a number, got ${describeValue(port)}`);
  if (!Number.isInteger(port) || port < 0 || port > HIGHEST_PORT) {
    throw new RangeError(`${what}: port must be an integer from 0 to ${HIGHEST_PORT}, got ${port}`);
  }
}

/** Throws TypeError unless it is a number, RangeError unless it is an integer of at least `lowest`. */
export function checkInteger(value: unknown, what: string, lowest: number): asserts value is number {
  if (typeof value !== 'number') throw new TypeError(`${what} must be an integer, got ${describeValue(value)}`);
  if (!Number.isSafeInteger(value) || value < lowest) {
    throw new RangeError(`${what} must be an integer of at least ${lowest}, got ${value}`);
  }
}

/** Throws TypeError unless it is a string or undefined. */
export function checkHost(host: unknown, what: string): asserts host is string | undefined {
  if (host !== undefined && typeof host !== 'string') {
    throw new TypeError(`${what}: host must be a string, got ${describeValue(host)}`);
  }
}

/** Throws RangeError unless it is 4, 6, or one of those that mean any. */
export function checkFamily(family: unknown, what: string, allowed = '0, 4 or 6'): void {
  if (family === undefined || family === 0 || family === 4 || family === 6) return;
  throw new RangeError(`${what}: family must be ${allowed}, got ${describeValue(family)}`);
}

/** Throws TypeError unless it is an object: an array, which is an address in Python, would be taken for any address. */
export function checkEnd(end: unknown, what: string, allowed = '{ host, port }'): void {
  if (typeof end === 'object' && end !== null && !Array.isArray(end)) return;
  throw new TypeError(`${what} must be ${allowed}, got ${describeValue(end)}`);
}

/** Throws TypeError unless it is a function; a coroutine object gets a hint. */
export function checkFunction(value: unknown, what: string, use: string): void {
  if (typeof value === 'function') return;
  const hint = isCoroutine(value) ? ' (give the function itself, not what calling it returns)' : '';
  throw new TypeError(`${what} expects ${use}, got ${describeValue(value)}${hint}`);
}

/** Throws TypeError unless it is an object of options, as `checkTlsOptions` for its TLS part. */
export function checkOptions(options: unknown, what: string): void {
  if (typeof options !== 'object' || options === null || isCoroutine(options)) {
    throw new TypeError(`${what} expects an object of options, got ${describeValue(options)}`);
  }
  checkTlsOptions(options, what);
}
