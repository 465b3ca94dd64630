/** Addresses as the kernel has them: `sockaddr_in`, `sockaddr_in6`, `sockaddr_un`. */
import type { Address, InetAddress } from '../io/address.ts';
import { EINVAL, ENAMETOOLONG } from '../io/errno.ts';
import { AF_INET, AF_INET6, AF_UNIX } from './constants.ts';
import { libc, pinned } from './libc.ts';

/** In bytes: room for any address we know (`sockaddr_un`, 110) with a spare, as C's `sockaddr_storage`. */
export const SOCKADDR_ROOM = 128;

const INET_LENGTH = 16;
const INET6_LENGTH = 28;
/** Where the path of a `sockaddr_un` begins, after the family. */
const PATH_OFFSET = 2;
const PATH_ROOM = 108;
/** `sa_family` is in the byte order of the machine; every platform with io_uring or epoll in Node is little-endian. */
const LITTLE = true;

const utf8 = new TextEncoder();
const text = new TextDecoder();

/** AF_INET, AF_INET6 or AF_UNIX. */
export function addressFamily(address: Address): number {
  return familyNumber(address.family);
}

export function familyNumber(family: Address['family']): number {
  return family === 'unix' ? AF_UNIX : family === 6 ? AF_INET6 : AF_INET;
}

/**
 * Writes `address` at the beginning of `into` (at least SOCKADDR_ROOM bytes). Returns the length, or `-EINVAL` when the
 * host is not a literal address of its family, or `-ENAMETOOLONG`.
 */
export function encodeAddress(address: Address, into: Uint8Array): number {
  into.fill(0, 0, SOCKADDR_ROOM);
  const view = new DataView(into.buffer, into.byteOffset, SOCKADDR_ROOM);
  view.setUint16(0, addressFamily(address), LITTLE);
  if (address.family === 'unix') return encodePath(address.path, into);
  if (!Number.isInteger(address.port) || address.port < 0 || address.port > 0xffff) return -EINVAL;
  view.setUint16(2, address.port);
  return address.family === 4 ? encodeHost4(address.host, into) : encodeHost6(address, into, view);
}

/** Reads the address of `length` bytes at the beginning of `bytes`; undefined when its family is none of ours. */
export function decodeAddress(bytes: Uint8Array, length: number): Address | undefined {
  // The kernel gives length 0 for a peer that has no name, as the two ends of a socketpair.
  if (length < PATH_OFFSET) return { family: 'unix', path: '' };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (view.getUint16(0, LITTLE)) {
    case AF_INET:
      return { family: 4, host: decodeHost4(bytes, view.getUint32(4)), port: view.getUint16(2) };
    case AF_INET6:
      return decodeAddress6(view);
    case AF_UNIX:
      return { family: 'unix', path: decodePath(bytes, length) };
    default:
      return undefined;
  }
}

/** The last one and its text: the connections of a server have one string for their own end, and often for the other. */
let knownHost = 0;
let knownText = '0.0.0.0';

function decodeHost4(bytes: Uint8Array, host: number): string {
  if (host !== knownHost) {
    knownHost = host;
    knownText = `${bytes[4]}.${bytes[5]}.${bytes[6]}.${bytes[7]}`;
  }
  return knownText;
}

function encodePath(path: string, into: Uint8Array): number {
  const bytes = utf8.encode(path);
  // An abstract name has no terminator and may fill the whole room; a path must leave room for its zero byte.
  const room = bytes[0] === 0 ? PATH_ROOM : PATH_ROOM - 1;
  if (bytes.length > room) return -ENAMETOOLONG;
  into.set(bytes, PATH_OFFSET);
  return PATH_OFFSET + bytes.length + (bytes.length > 0 && bytes[0] !== 0 ? 1 : 0);
}

function decodePath(bytes: Uint8Array, length: number): string {
  if (bytes[PATH_OFFSET] === 0) return text.decode(bytes.subarray(PATH_OFFSET, length));
  const end = bytes.indexOf(0, PATH_OFFSET);
  return text.decode(bytes.subarray(PATH_OFFSET, end === -1 ? length : Math.min(end, length)));
}

function encodeHost4(host: string, into: Uint8Array): number {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(host);
  if (parts === null) return -EINVAL;
  for (let i = 0; i < 4; i++) {
    const byte = Number(parts[i + 1]);
    if (byte > 255) return -EINVAL;
    into[4 + i] = byte;
  }
  return INET_LENGTH;
}

function encodeHost6(address: InetAddress, into: Uint8Array, view: DataView): number {
  const [host, zone] = address.host.split('%', 2) as [string, string?];
  const source = cString(host);
  const target = pinned(16);
  if (libc().inet_pton(AF_INET6, source.address, target.address) !== 1) return -EINVAL;
  into.set(target.bytes, 8);
  const scopeId = zone === undefined ? (address.scopeId ?? 0) : zoneIndex(zone);
  if (scopeId < 0) return -EINVAL;
  view.setUint32(4, address.flowInfo ?? 0);
  view.setUint32(24, scopeId, LITTLE);
  return INET6_LENGTH;
}

/** `fe80::1%2` or `fe80::1%eth0`: the index of the interface, -1 when there is none of that name. */
function zoneIndex(zone: string): number {
  if (/^\d+$/.test(zone)) return Number(zone);
  const name = cString(zone);
  return libc().if_nametoindex(name.address) || -1;
}

function cString(value: string): ReturnType<typeof pinned> {
  const bytes = utf8.encode(value);
  const memory = pinned(bytes.length + 1);
  memory.bytes.set(bytes);
  return memory;
}

function decodeAddress6(view: DataView): InetAddress {
  const groups = Array.from({ length: 8 }, (_, i) => view.getUint16(8 + 2 * i));
  const flowInfo = view.getUint32(4);
  const scopeId = view.getUint32(24, LITTLE);
  return {
    family: 6,
    host: formatHost6(groups),
    port: view.getUint16(2),
    ...(flowInfo === 0 ? {} : { flowInfo }),
    ...(scopeId === 0 ? {} : { scopeId }),
  };
}

/** RFC 5952: the longest run of two or more zero groups becomes `::`, the first of equal ones; mapped IPv4 in dots. */
function formatHost6(groups: number[]): string {
  if (groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0)) {
    const bytes = groups.slice(6).flatMap((group) => [group >> 8, group & 0xff]);
    return `::ffff:${bytes.join('.')}`;
  }
  let start = -1;
  let longest = 1;
  for (let i = 0; i < 8; i++) {
    let end = i;
    while (end < 8 && groups[end] === 0) end++;
    if (end - i > longest) {
      start = i;
      longest = end - i;
    }
  }
  const hex = (part: number[]): string => part.map((group) => group.toString(16)).join(':');
  return start === -1 ? hex(groups) : `${hex(groups.slice(0, start))}::${hex(groups.slice(start + longest))}`;
}
