/**
 * Cold, synchronous socket calls that both Linux drivers make the same way: setting up, asking, ending. Everything made
 * here is close-on-exec and non-blocking. Functions that carry out an operation return `-errno`, the others throw.
 */
import type { Address } from '../io/address.ts';
import type { ShutdownHow, SocketOption } from '../io/driver.ts';
import { EINTR, EINVAL, ENOTSUP } from '../io/errno.ts';
import type { ListenOptions, OpenDatagram } from '../io/operation.ts';
import { osError } from '../io/os-error.ts';
import * as C from './constants.ts';
import { libc, type Pinned, pinned } from './libc.ts';
import { addressFamily, decodeAddress, encodeAddress, familyNumber, SOCKADDR_ROOM } from './sockaddr.ts';

const STREAM_FLAGS = C.SOCK_STREAM | C.SOCK_NONBLOCK | C.SOCK_CLOEXEC;
const DATAGRAM_FLAGS = C.SOCK_DGRAM | C.SOCK_NONBLOCK | C.SOCK_CLOEXEC;
const INT_LENGTH = 4;
/** `struct linger`: two ints. */
const LINGER_LENGTH = 8;

let scratch: { readonly address: Pinned; readonly value: Pinned; readonly length: Pinned } | undefined;

/** Memory for arguments; calls here never overlap. */
function memory(): NonNullable<typeof scratch> {
  scratch ??= { address: pinned(SOCKADDR_ROOM), value: pinned(LINGER_LENGTH), length: pinned(INT_LENGTH) };
  return scratch;
}

/** A bound and listening stream socket: its fd, or `-errno` with nothing left open. */
export function openListener(address: Address, options: ListenOptions): number {
  const fd = openStream(address);
  if (fd < 0) return fd;
  const result = setListenOptions(fd, address, options) || bindTo(fd, address) || libc().listen(fd, options.backlog);
  return result < 0 ? abandon(fd, result) : fd;
}

/** A stream socket on which `connect` may be called, bound to `localAddress` if given: its fd, or `-errno`. */
export function openConnector(address: Address, localAddress: Address | undefined): number {
  const fd = openStream(address);
  if (fd < 0 || localAddress === undefined) return fd;
  const result = bindTo(fd, localAddress);
  return result < 0 ? abandon(fd, result) : fd;
}

/** A datagram socket, bound and connected as far as addresses are given: its fd, or `-errno`. */
export function openDatagramSocket({ family, address, peer, options }: OpenDatagram): number {
  const fd = libc().socket(familyNumber(family), DATAGRAM_FLAGS, 0);
  if (fd < 0) return fd;
  let result = 0;
  if (options?.reusePort === true) result = setInt(fd, C.SOL_SOCKET, C.SO_REUSEPORT, 1);
  if (result === 0 && options?.broadcast === true) result = setInt(fd, C.SOL_SOCKET, C.SO_BROADCAST, 1);
  if (result === 0 && address !== undefined) result = bindTo(fd, address);
  // Connecting a datagram socket only sets an address: it never waits.
  if (result === 0 && peer !== undefined) result = startConnect(fd, peer);
  return result < 0 ? abandon(fd, result) : fd;
}

/** `connect(2)`: 0, `-EINPROGRESS`, or what went wrong. The fd stays open in every case. */
export function startConnect(fd: number, address: Address): number {
  const { address: name } = memory();
  const length = encodeAddress(address, name.bytes);
  return length < 0 ? length : libc().connect(fd, name.address, length);
}

/** The error that waits on a socket, as 0 or `-errno`: how a connection in progress ended. Reading it clears it. */
export function pendingError(fd: number): number {
  const { value, length } = memory();
  length.view.setInt32(0, INT_LENGTH, true);
  const result = libc().getsockopt(fd, C.SOL_SOCKET, C.SO_ERROR, value.address, length.address);
  return result < 0 ? result : 0 - value.view.getInt32(0, true);
}

/** Our end's address. Throws OSError. */
export function localAddress(fd: number): Address {
  const address = askAddress(fd, 'getsockname');
  if (isKnown(address)) return known!;
  known = address;
  return address;
}

/** The last local address: the connections that a server accepts have the same one, and need no object each. */
let known: Address | undefined;

function isKnown(address: Address): boolean {
  if (address.family !== 4 || known === undefined || known.family !== 4) return false;
  return address.port === known.port && address.host === known.host;
}

/** The peer's address. Throws OSError, `ENOTCONN` when there is none (any more). */
export function peerAddress(fd: number): Address {
  return askAddress(fd, 'getpeername');
}

/** Sets an option of a stream socket. Throws OSError, `ENOTSUP` for `noDelay` on a unix socket. */
export function setOption(fd: number, option: SocketOption, value: number): void {
  const [level, name] = OPTIONS[option];
  const result = setInt(fd, level, name, value);
  if (result < 0) throw osError(result, 'setsockopt');
}

/** `shutdown(2)`. Throws OSError. */
export function shutdown(fd: number, how: ShutdownHow): void {
  const result = libc().shutdown(fd, how === 'read' ? C.SHUT_RD : how === 'write' ? C.SHUT_WR : C.SHUT_RDWR);
  if (result < 0) throw osError(result, 'shutdown');
}

/** `close(2)`. Throws OSError. */
export function close(fd: number): void {
  const result = libc().close(fd);
  // Linux has released the fd also when it says EINTR: trying again could close somebody else's.
  if (result < 0 && result !== -EINTR) throw osError(result, 'close');
}

/** Makes the next `close` send a reset and drop what is unsent (TCP; harmless elsewhere). Throws OSError. */
export function lingerZero(fd: number): void {
  const { value } = memory();
  value.view.setInt32(0, 1, true);
  value.view.setInt32(4, 0, true);
  const result = libc().setsockopt(fd, C.SOL_SOCKET, C.SO_LINGER, value.address, LINGER_LENGTH);
  if (result < 0) throw osError(result, 'setsockopt');
}

const OPTIONS: Record<SocketOption, readonly [level: number, name: number]> = {
  noDelay: [C.IPPROTO_TCP, C.TCP_NODELAY],
  keepAlive: [C.SOL_SOCKET, C.SO_KEEPALIVE],
  sendBufferSize: [C.SOL_SOCKET, C.SO_SNDBUF],
  receiveBufferSize: [C.SOL_SOCKET, C.SO_RCVBUF],
};

function openStream(address: Address): number {
  return libc().socket(addressFamily(address), STREAM_FLAGS, 0);
}

/** Closes a socket that came to nothing. What close itself says is of no use beside `result`, which is returned. */
function abandon(fd: number, result: number): number {
  libc().close(fd);
  return result;
}

function setListenOptions(fd: number, address: Address, options: ListenOptions): number {
  if (address.family === 'unix') return options.reusePort ? -ENOTSUP : 0;
  let result = options.reuseAddress ? setInt(fd, C.SOL_SOCKET, C.SO_REUSEADDR, 1) : 0;
  if (result === 0 && options.reusePort) result = setInt(fd, C.SOL_SOCKET, C.SO_REUSEPORT, 1);
  // Set in both cases: the system-wide default may be either.
  if (result === 0 && address.family === 6) {
    result = setInt(fd, C.IPPROTO_IPV6, C.IPV6_V6ONLY, options.v6Only ? 1 : 0);
  }
  return result;
}

function setInt(fd: number, level: number, option: number, number: number): number {
  const { value } = memory();
  value.view.setInt32(0, number, true);
  return libc().setsockopt(fd, level, option, value.address, INT_LENGTH);
}

function bindTo(fd: number, address: Address): number {
  const { address: name } = memory();
  const length = encodeAddress(address, name.bytes);
  return length < 0 ? length : libc().bind(fd, name.address, length);
}

function askAddress(fd: number, call: 'getsockname' | 'getpeername'): Address {
  const { address, length } = memory();
  length.view.setInt32(0, SOCKADDR_ROOM, true);
  const result = libc()[call](fd, address.address, length.address);
  if (result < 0) throw osError(result, call);
  const found = decodeAddress(address.bytes, length.view.getInt32(0, true));
  if (found === undefined) throw osError(-EINVAL, call);
  return found;
}
