import { describeValue } from '../core/coroutine.ts';
import type { SocketType } from '../io/descriptor-calls.ts';
import { ENOTCONN, ENOTSOCK, ENOTSUP } from '../io/errno.ts';
import { OSError, osError } from '../io/os-error.ts';
import { checkInteger } from './check.ts';
import type { Network } from './network.ts';
import { descriptorsOf } from './ready.ts';
import { Socket } from './socket.ts';

/** A socket, or the descriptor of one that somebody else has opened, as systemd does. Who gets it closes it. */
export type SocketLike = Socket | number;

/** Throws TypeError for what is no socket, RangeError for one of the wrong kind. */
export function checkSocketLike(given: unknown, what: string, type: SocketType, unix = false): void {
  if (typeof given === 'number') {
    checkInteger(given, `${what}: sock`, 0);
    return;
  }
  if (!(given instanceof Socket)) {
    throw new TypeError(`${what}: sock must be a Socket or a descriptor, got ${describeValue(given)}`);
  }
  if (given.type === type && (!unix || given.family === 'unix')) return;
  throw new RangeError(`${what}: a ${unix ? 'unix ' : ''}${type} socket was expected, got ${given}`);
}

/** Throws RangeError when there is neither the one nor the other, or both. */
export function checkExclusive(sock: unknown, others: Readonly<Record<string, unknown>>, what: string): void {
  const names = Object.keys(others).join('/');
  const given = Object.values(others).some((value) => value !== undefined);
  if (sock !== undefined && given) throw new RangeError(`${what}: ${names} and sock cannot be given at the same time`);
  if (sock === undefined && !given) throw new RangeError(`${what}: neither ${names} nor sock was given`);
}

/**
 * Takes a connected stream socket over, and gives the number by which the driver knows it. Throws OSError: EBADF,
 * ENOTSOCK, on the node driver ENOTSUP for what is neither a socket nor a pipe.
 */
export function takeStream(network: Network, given: SocketLike, what: string): number {
  const { driver } = network;
  if (typeof given === 'number' && driver.adoptStream !== undefined) return driver.adoptStream(given);
  return takeDescriptor(network, given, what);
}

/** Takes any socket over, where sockets are descriptors of the system. Throws OSError: EBADF, ENOTSOCK, ENOTSUP. */
export function takeDescriptor(network: Network, given: SocketLike, what: string): number {
  const { driver } = network;
  const calls = descriptorsOf(network, what);
  let fd: number;
  if (typeof given === 'number') {
    if (calls.kindOf(given) !== 'socket') throw osError(-ENOTSOCK, what);
    const result = calls.setNonBlocking(given);
    if (result < 0) throw osError(result, 'fcntl');
    fd = given;
  } else fd = given.detach();
  driver.adopt?.(fd);
  return fd;
}

/** Begins to listen, on a socket that is bound, where sockets are descriptors of the system. Throws OSError. */
export function listenOnDescriptor(network: Network, given: SocketLike, backlog: number, what: string): void {
  if (typeof given !== 'number') {
    given.listen(backlog);
    return;
  }
  const result = descriptorsOf(network, what).listen(given, backlog);
  if (result < 0) throw osError(result, 'listen');
}

/** The address that a socket is connected to. Throws OSError. */
export function peerIfAny(network: Network, fd: number): ReturnType<Network['driver']['peerAddress']> | undefined {
  try {
    return network.driver.peerAddress(fd);
  } catch (error) {
    if (error instanceof OSError && (error.errno === -ENOTCONN || error.errno === -ENOTSUP)) return undefined;
    throw error;
  }
}
