/**
 * asyncio's `sock_…` methods. Each tries the system's call first and waits only when it would block; so a call that is
 * cancelled while it waits has taken nothing.
 */
import { type Coroutine, describeValue } from '../core/coroutine.ts';
import type { Address } from '../io/address.ts';
import { EAGAIN, EINPROGRESS, EINTR } from '../io/errno.ts';
import { READABLE, WRITABLE } from '../io/operation.ts';
import { osError } from '../io/os-error.ts';
import { checkBytes, checkInteger, checkPort } from './check.ts';
import { datagramAddress } from './datagram-address.ts';
import type { DatagramAddress } from './datagram-transport.ts';
import { resolve } from './resolver.ts';
import { Socket } from './socket.ts';

function checkSocket(socket: unknown, what: string): asserts socket is Socket {
  if (!(socket instanceof Socket)) throw new TypeError(`${what} expects a Socket, got ${describeValue(socket)}`);
}

/** The result of `call`, as soon as it would not block. Throws OSError. */
function* attempt(
  socket: Socket,
  events: number,
  syscall: string,
  call: (fd: number) => number,
  address?: Address,
): Coroutine<number> {
  for (;;) {
    const result = call(socket._open(syscall));
    if (result >= 0) return result;
    if (result === -EAGAIN) yield* socket._ready(events, syscall);
    else if (result !== -EINTR) throw osError(result, syscall, address);
  }
}

/** Up to `length` bytes; an empty Buffer at the end of the stream. */
export function* sockRecv(socket: Socket, length: number): Coroutine<Buffer> {
  checkInteger(length, 'sockRecv: length', 0);
  const data = Buffer.allocUnsafe(length);
  return data.subarray(0, yield* sockRecvInto(socket, data));
}

/** The number of bytes received into `into`; 0 at the end of the stream. */
export function* sockRecvInto(socket: Socket, into: Uint8Array): Coroutine<number> {
  checkSocket(socket, 'sockRecv');
  checkBytes(into, 'sockRecvInto');
  return yield* attempt(socket, READABLE, 'recv', (fd) => socket._calls.receive(fd, into));
}

/** One datagram of up to `length` bytes (the rest is lost), and who sent it. */
export function* sockRecvfrom(socket: Socket, length: number): Coroutine<[Buffer, Address | undefined]> {
  checkInteger(length, 'sockRecvfrom: length', 0);
  const data = Buffer.allocUnsafe(length);
  const [count, from] = yield* sockRecvfromInto(socket, data);
  return [data.subarray(0, count), from];
}

export function* sockRecvfromInto(socket: Socket, into: Uint8Array): Coroutine<[number, Address | undefined]> {
  checkSocket(socket, 'sockRecvfrom');
  checkBytes(into, 'sockRecvfromInto');
  const count = yield* attempt(socket, READABLE, 'recvfrom', (fd) => socket._calls.receiveFrom(fd, into));
  return [count, socket._calls.source];
}

/** Sends all of `data`, which must not be changed meanwhile. A cancel leaves it unknown how much has gone. */
export function* sockSendall(socket: Socket, data: Uint8Array): Coroutine<void> {
  checkSocket(socket, 'sockSendall');
  checkBytes(data, 'sockSendall');
  for (let sent = 0; sent < data.length; ) {
    const rest = data.subarray(sent);
    sent += yield* attempt(socket, WRITABLE, 'send', (fd) => socket._calls.send(fd, rest));
  }
}

/** Sends one datagram and gives its length. */
export function* sockSendto(socket: Socket, data: Uint8Array, address: DatagramAddress): Coroutine<number> {
  checkSocket(socket, 'sockSendto');
  checkBytes(data, 'sockSendto');
  const target = datagramAddress(address, 'sockSendto');
  return yield* attempt(socket, WRITABLE, 'sendto', (fd) => socket._calls.sendTo(fd, data, target), target);
}

/** The next connection of a listening socket, and where it comes from. */
export function* sockAccept(socket: Socket): Coroutine<[Socket, Address]> {
  checkSocket(socket, 'sockAccept');
  const { family, type, _network: network } = socket;
  const fd = yield* attempt(socket, READABLE, 'accept', (listener) => socket._calls.accept(listener));
  const from = socket._calls.source!;
  return [new Socket({ family, type }, { network, fd }), from];
}

/** Connects a socket. The host may be a name. */
export function* sockConnect(socket: Socket, address: DatagramAddress): Coroutine<void> {
  checkSocket(socket, 'sockConnect');
  const target = yield* resolved(socket, address);
  const result = socket._calls.connect(socket._open('connect'), target);
  if (result >= 0) return;
  if (result !== -EINPROGRESS && result !== -EINTR) throw osError(result, 'connect', target);
  yield* socket._ready(WRITABLE, 'connect');
  const outcome = socket._calls.pendingError(socket._open('connect'));
  if (outcome < 0) throw osError(outcome, 'connect', target);
}

function* resolved(socket: Socket, address: DatagramAddress): Coroutine<Address> {
  const { family } = socket;
  const isName = typeof address === 'object' && address !== null && !('family' in address);
  if (!isName || family === 'unix') return datagramAddress(address, 'sockConnect');
  checkPort(address.port, 'sockConnect');
  const [first] = yield* resolve(socket._network.resolver, address.host, address.port, family);
  return first!;
}
