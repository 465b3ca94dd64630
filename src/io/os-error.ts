import type { Address } from './address.ts';
import { errnoMessage, errnoName } from './errno.ts';

/**
 * What the system refused, in the shape of Node's own system errors, so that code written for those reads it.
 *
 * ```ts
 * catch (error) { if (error instanceof OSError && error.code === 'ECONNREFUSED') retry(); }
 * ```
 *
 * Differs from asyncio: Python has subclasses (`ConnectionRefusedError`, …); here, as everywhere in Node, look at `code`.
 * `errno` is negative, as Node's is.
 */
export class OSError extends Error {
  /** The name of the error, `'ECONNREFUSED'`. */
  readonly code: string;
  /** The negative number of the error, -111. */
  readonly errno: number;
  /** What was tried: `'connect'`, `'bind'`, … */
  readonly syscall: string;
  /** The literal address, or the path of a unix socket, where there is one. */
  declare readonly address?: string;
  declare readonly port?: number;

  constructor(errno: number, syscall: string, address?: Address) {
    const number = -Math.abs(errno);
    const code = errnoName(number);
    const where = address === undefined ? '' : ` ${formatAddress(address)}`;
    super(`${syscall} ${code}${where} (${errnoMessage(number)})`);
    this.code = code;
    this.errno = number;
    this.syscall = syscall;
    // Set only where known, as Node does: `'port' in error` then tells network errors from the others.
    if (address === undefined) return;
    if (address.family === 'unix') {
      this.address = address.path;
    } else {
      this.address = address.host;
      this.port = address.port;
    }
  }
}
// On the prototype, not as a field: `name` would show in every printed error otherwise.
Object.defineProperty(OSError.prototype, 'name', { value: 'OSError', configurable: true, writable: true });

/** The error for a negative result of a system call or of an operation. */
export function osError(result: number, syscall: string, address?: Address): OSError {
  return new OSError(result, syscall, address);
}

/** `127.0.0.1:80`, `[::1]:80`, `/run/socket`, `@abstract`. */
export function formatAddress(address: Address): string {
  if (address.family === 'unix') return address.path.startsWith('\0') ? `@${address.path.slice(1)}` : address.path;
  const zone = address.scopeId === undefined || address.scopeId === 0 ? '' : `%${address.scopeId}`;
  return address.family === 6 ? `[${address.host}${zone}]:${address.port}` : `${address.host}:${address.port}`;
}
