import { type Coroutine, describeValue } from '../core/coroutine.ts';
import { Future } from '../core/future.ts';
import type { Address } from '../io/address.ts';
import { OSError } from '../io/os-error.ts';
import { checkEnd, checkFamily, checkFunction, checkHost, checkOptions, checkPort } from './check.ts';
import { DatagramProtocol } from './datagram-protocol.ts';
import { AddressesError } from './errors.ts';
import { checkSocketLike, peerIfAny, type SocketLike, takeDescriptor } from './given-socket.ts';
import type { Network } from './network.ts';
import { type Family, resolve } from './resolver.ts';
import { SocketDatagramTransport } from './socket-datagram-transport.ts';
import { type DatagramAddresses, openDatagram } from './socket-operation.ts';
import { unixAddress } from './unix-path.ts';

/** A host (a name or a literal) and a port, or the path of a unix socket. */
export type DatagramEnd = { readonly host?: string | undefined; readonly port?: number | undefined } | string;

export interface DatagramOptions {
  /** A datagram socket that is bound or connected already, in place of everything else; the transport takes it over. */
  readonly sock?: SocketLike | undefined;
  /** Where to receive: no host means every interface, port 0 or none one that is free. A string: a unix socket's path. */
  readonly localAddr?: DatagramEnd | undefined;
  /** Connects the socket: only datagrams from there come in, and `sendto` needs no address. */
  readonly remoteAddr?: DatagramEnd | undefined;
  /** 4, 6 or 'unix'; default 0: as the addresses say. */
  readonly family?: Family | 'unix' | undefined;
  /** Share the port with other sockets that set this. Default false. */
  readonly reusePort?: boolean | undefined;
  /** Allow datagrams to broadcast addresses. Default false. */
  readonly allowBroadcast?: boolean | undefined;
}

const THIS_MACHINE = 'localhost';
const WHAT = 'createDatagramEndpoint';

/**
 * Opens a datagram socket: asyncio's `loop.create_datagram_endpoint`.
 *
 * Throws OSError (EADDRINUSE, EACCES, …), NameError, RangeError for bad or missing addresses, TypeError.
 */
export function* createDatagramEndpoint<P extends DatagramProtocol>(
  network: Network,
  protocolFactory: () => P,
  options: DatagramOptions,
): Coroutine<[SocketDatagramTransport, P]> {
  checkFunction(protocolFactory, WHAT, 'a function that makes a protocol');
  checkOptions(options, WHAT);
  if ((options as { tls?: unknown }).tls) throw new RangeError(`${WHAT}: tls is for streams, not for datagrams`);
  if (options.sock !== undefined) return yield* useSocket(network, protocolFactory, options.sock, options);
  const candidates = isUnix(options) ? [unixPair(options)] : yield* inetPairs(network, options);
  const how = { reusePort: options.reusePort ?? false, broadcast: options.allowBroadcast ?? false };
  const errors: OSError[] = [];
  for (const candidate of candidates) {
    try {
      const fd = yield* openDatagram(network, candidate, how);
      return yield* startEndpoint(network, fd, protocolFactory, candidate.remote);
    } catch (error) {
      if (!(error instanceof OSError)) throw error;
      errors.push(error);
    }
  }
  const { local, remote } = candidates[0]!;
  throw errors.length === 1 ? errors[0]! : new AddressesError('bind', errors, (local ?? remote)!);
}

function* useSocket<P extends DatagramProtocol>(
  network: Network,
  protocolFactory: () => P,
  sock: SocketLike,
  { localAddr, remoteAddr, family, reusePort, allowBroadcast }: DatagramOptions,
): Coroutine<[SocketDatagramTransport, P]> {
  const modifiers = Object.entries({ localAddr, remoteAddr, family, reusePort, allowBroadcast });
  const given = modifiers.flatMap(([name, value]) => (value ? [name] : []));
  if (given.length > 0) throw new RangeError(`${WHAT}: sock and ${given.join(', ')} cannot be given at the same time`);
  checkSocketLike(sock, WHAT, 'datagram');
  const fd = takeDescriptor(network, sock, WHAT);
  return yield* startEndpoint(network, fd, protocolFactory, peerIfAny(network, fd));
}

function isUnix({ localAddr, remoteAddr, family }: DatagramOptions): boolean {
  return family === 'unix' || typeof localAddr === 'string' || typeof remoteAddr === 'string';
}

function unixPair({ localAddr, remoteAddr, family = 'unix' }: DatagramOptions): DatagramAddresses {
  if (family !== 'unix' && family !== 0) {
    throw new RangeError(`${WHAT}: a path is the address of a unix socket, but family ${family} was asked for`);
  }
  const local = localAddr === undefined ? undefined : unixAddress(localAddr, `${WHAT}: localAddr`);
  const remote = remoteAddr === undefined ? undefined : unixAddress(remoteAddr, `${WHAT}: remoteAddr`);
  return { family: 'unix', local, remote };
}

/** Local and remote address of one family each, in the order in which the names were resolved. */
function* inetPairs(network: Network, options: DatagramOptions): Coroutine<DatagramAddresses[]> {
  checkFamily(options.family, WHAT, "0, 4, 6 or 'unix'");
  const family = (options.family ?? 0) as Family;
  const { localAddr, remoteAddr } = options;
  if (localAddr === undefined && remoteAddr === undefined) {
    if (family !== 0) return [{ family, local: undefined, remote: undefined }];
    throw new RangeError(`${WHAT} expects localAddr, remoteAddr or a family (4, 6 or 'unix')`);
  }
  const remotes = yield* ends(network, remoteAddr, family, THIS_MACHINE, 'remoteAddr');
  const everywhere = family === 6 || (family === 0 && remotes?.[0]?.family === 6) ? '::' : '0.0.0.0';
  const locals = yield* ends(network, localAddr, family, everywhere, 'localAddr');
  if (locals === undefined) return remotes!.map((remote) => ({ family: remote.family, local: undefined, remote }));
  if (remotes === undefined) return locals.map((local) => ({ family: local.family, local, remote: undefined }));
  const pairs = remotes.flatMap((remote) => {
    const local = locals.find((one) => one.family === remote.family);
    return local === undefined ? [] : [{ family: remote.family, local, remote }];
  });
  if (pairs.length > 0) return pairs;
  throw new RangeError(`${WHAT}: localAddr and remoteAddr are of different families (IPv4 and IPv6)`);
}

function* ends(
  network: Network,
  end: DatagramEnd | undefined,
  family: Family,
  defaultHost: string,
  name: 'localAddr' | 'remoteAddr',
): Coroutine<readonly Address[] | undefined> {
  if (end === undefined) return undefined;
  const what = `${WHAT}: ${name}`;
  checkEnd(end, what, '{ host, port } or a path');
  const { host, port = 0 } = end as Exclude<DatagramEnd, string>;
  checkHost(host, what);
  checkPort(port, what);
  if (name === 'remoteAddr' && port === 0) throw new RangeError(`${what}: a port is needed`);
  return yield* resolve(network.resolver, host || defaultHost, port, family);
}

/** The transport of the socket, after `connectionMade`. Takes over the descriptor, also when it throws. */
function* startEndpoint<P extends DatagramProtocol>(
  network: Network,
  fd: number,
  protocolFactory: () => P,
  peer: Address | undefined,
): Coroutine<[SocketDatagramTransport, P]> {
  let protocol: P;
  let transport: SocketDatagramTransport;
  try {
    protocol = protocolFactory();
    if (!((protocol as unknown) instanceof DatagramProtocol)) {
      throw new TypeError(
        `the protocol factory must return a DatagramProtocol, it returned ${describeValue(protocol)}`,
      );
    }
    transport = new SocketDatagramTransport(network, fd, protocol, peer);
  } catch (error) {
    network.driver.close(fd);
    throw error;
  }
  const started = new Future<void>({ loop: network.scheduler });
  // In a turn of its own: the protocol's callbacks are not part of this task.
  network.scheduler.push({
    run: () => {
      transport.start();
      if (!started.done()) started.setResult();
    },
  });
  try {
    yield* started;
  } catch (error) {
    transport.abort();
    throw error;
  }
  return [transport, protocol];
}
