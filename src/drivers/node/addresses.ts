import { networkInterfaces } from 'node:os';
import type { Address, InetAddress } from '../../io/address.ts';
import { EINVAL, ENAMETOOLONG } from '../../io/errno.ts';
import { nodeNet } from '../../node/builtins.ts';

/** In bytes, with the 0 at the end of a path; an abstract name needs none. Linux has 108, macOS 104, Windows names of pipes. */
const PATH_ROOM = process.platform === 'linux' ? 108 : process.platform === 'win32' ? Number.POSITIVE_INFINITY : 104;

/** 0, or `-errno` for an address that no socket can have: node:net would look names up, and cut long paths. */
export function checkAddress(address: Address): number {
  if (address.family === 'unix') {
    const { path } = address;
    if (path.length === 0) return -EINVAL;
    const room = path.startsWith('\0') ? PATH_ROOM : PATH_ROOM - 1;
    return Buffer.byteLength(path) > room ? -ENAMETOOLONG : 0;
  }
  const { family, host, port } = address;
  if (!Number.isInteger(port) || port < 0 || port > 65_535) return -EINVAL;
  if (!(family === 4 ? nodeNet().isIPv4(host) : nodeNet().isIPv6(host))) return -EINVAL;
  return zoned(address) === undefined ? -EINVAL : 0;
}

/** The host as node:net takes it, `fe80::1%eth0`; undefined when there is no interface of that index. */
export function zoned({ host, scopeId }: InetAddress): string | undefined {
  const [bare, zone] = host.split('%', 2) as [string, string?];
  const wanted = zone === undefined ? String(scopeId ?? 0) : zone;
  if (wanted === '0') return bare;
  if (!/^\d+$/.test(wanted) || process.platform === 'win32') return `${bare}%${wanted}`;
  // libuv takes a number for a name on every platform but Windows.
  for (const [name, entries] of Object.entries(networkInterfaces())) {
    if (entries?.some((entry) => entry.family === 'IPv6' && entry.scopeid === Number(wanted))) return `${bare}%${name}`;
  }
  return undefined;
}

/** What node:net tells of an address; undefined when it does not know it (any more). */
export function toAddress(host: string | undefined, port: number | undefined): InetAddress | undefined {
  if (host === undefined || port === undefined) return undefined;
  if (!host.includes(':')) return { family: 4, host, port };
  const [bare, zone] = host.split('%', 2) as [string, string?];
  if (zone === undefined) return { family: 6, host, port };
  const entries = networkInterfaces()[zone] ?? [];
  const index = /^\d+$/.test(zone) ? Number(zone) : entries.find((entry) => entry.family === 'IPv6')?.scopeid;
  return { family: 6, host: bare, port, ...(index ? { scopeId: index } : {}) };
}
