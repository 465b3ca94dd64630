import type { InetAddress } from '../io/address.ts';

/**
 * The addresses in turns of the families, the first of which comes `count` times before the others (RFC 8305's "First
 * Address Family Count"). Within a family their order stays.
 */
export function interleave(addresses: readonly InetAddress[], count: number): InetAddress[] {
  const byFamily = new Map<number, InetAddress[]>();
  for (const address of addresses) {
    const list = byFamily.get(address.family);
    if (list === undefined) byFamily.set(address.family, [address]);
    else list.push(address);
  }
  const lists = [...byFamily.values()];
  const ordered = lists[0]?.splice(0, count - 1) ?? [];
  while (lists.some((list) => list.length > 0)) {
    for (const list of lists) ordered.push(...list.splice(0, 1));
  }
  return ordered;
}
