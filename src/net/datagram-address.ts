import { describeValue } from '../core/coroutine.ts';
import type { Address } from '../io/address.ts';
import { checkPort } from './check.ts';
import type { DatagramAddress } from './datagram-transport.ts';
import { familyOfLiteral } from './literal.ts';
import { unixAddress } from './unix-path.ts';

/** The address as the drivers have it. Throws TypeError, RangeError for a host that is a name. */
export function datagramAddress(given: DatagramAddress, what: string): Address {
  if (typeof given === 'string') return unixAddress(given, what);
  if (typeof given !== 'object' || given === null) {
    throw new TypeError(`${what}: an address is { host, port } or a path, got ${describeValue(given)}`);
  }
  // What came in by datagramReceived: the same object for many datagrams.
  if ('family' in given) return given;
  checkPort(given.port, what);
  const family = typeof given.host === 'string' ? familyOfLiteral(given.host) : 0;
  if (family !== 0) return { family, host: given.host, port: given.port };
  const hint = 'names are resolved by loop.getaddrinfo';
  throw new RangeError(`${what}: host must be a literal address, got ${describeValue(given.host)} (${hint})`);
}

export function sameAddress(a: Address, b: Address): boolean {
  if (a.family === 'unix' || b.family === 'unix') {
    return a.family === b.family && (a as { path: string }).path === (b as { path: string }).path;
  }
  return a.family === b.family && a.host === b.host && a.port === b.port;
}
