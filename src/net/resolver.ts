import type { Coroutine } from '../core/coroutine.ts';
import type { InetAddress } from '../io/address.ts';
import { familyOfLiteral } from './literal.ts';

/** 0: both IPv4 and IPv6. */
export type Family = 0 | 4 | 6;

/** Turns names into addresses; given to the network layer from above, as the system's way to do it is Node's. */
export interface Resolver {
  /** At least one address, in the order in which they should be tried. Fails with NameError. */
  lookup(host: string, family: Family): Coroutine<readonly ResolvedHost[]>;
  /** The names of a literal address and a port, or these themselves where there are none. Fails with NameError. */
  reverse(host: string, port: number): Coroutine<[host: string, service: string]>;
}

export interface ResolvedHost {
  readonly family: 4 | 6;
  /** A literal. */
  readonly host: string;
}

/** The addresses of `host`, each once; literals are not looked up. */
export function* resolve(
  resolver: Resolver,
  host: string,
  port: number,
  family: Family,
): Coroutine<readonly InetAddress[]> {
  const literal = familyOfLiteral(host);
  if (literal !== 0) {
    if (family !== 0 && family !== literal) {
      throw new RangeError(`${host} is an IPv${literal} address, but family ${family} was asked for`);
    }
    return [{ family: literal, host, port }];
  }
  const found = new Map<string, InetAddress>();
  for (const one of yield* resolver.lookup(host, family)) {
    if (!found.has(one.host)) found.set(one.host, { family: one.family, host: one.host, port });
  }
  return [...found.values()];
}
