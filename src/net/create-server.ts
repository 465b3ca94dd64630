import { type Coroutine, describeValue } from '../core/coroutine.ts';
import type { InetAddress } from '../io/address.ts';
import { EADDRINUSE, EADDRNOTAVAIL, EAFNOSUPPORT } from '../io/errno.ts';
import type { ListenOptions } from '../io/operation.ts';
import { OSError } from '../io/os-error.ts';
import { acceptedTransports } from './accepted-transports.ts';
import { checkFamily, checkFunction, checkHost, checkInteger, checkOptions, checkPort } from './check.ts';
import { AddressesError } from './errors.ts';
import { checkExclusive, checkSocketLike, type SocketLike } from './given-socket.ts';
import { listenOnGiven } from './listen-on-given.ts';
import type { Network } from './network.ts';
import type { BufferedProtocol, Protocol } from './protocol.ts';
import { type Family, resolve } from './resolver.ts';
import { Server } from './server.ts';
import { listenAt } from './socket-operation.ts';
import type { TlsServerOptions } from './tls-options.ts';
import { serverTls } from './tls-settings.ts';

export interface ServerOptions extends TlsServerOptions {
  /** A stream socket that is bound already, in place of host and port; the server listens on it and takes it over. */
  readonly sock?: SocketLike | undefined;
  /** A name or a literal address, or several; undefined or `''`: every interface, IPv4 and IPv6. */
  readonly host?: string | readonly string[] | undefined;
  /** 0: one that is free, the same for all addresses where that is possible. */
  readonly port?: number | undefined;
  /** 4 or 6 to use only these addresses; default 0: both. */
  readonly family?: Family | undefined;
  /** How many connections may wait to be accepted. Default 100. */
  readonly backlog?: number | undefined;
  /** Take over a port whose last connections are not quite gone. Default true. */
  readonly reuseAddress?: boolean | undefined;
  /** Share the port with other servers that set this. Default false. */
  readonly reusePort?: boolean | undefined;
  /** False: accept only from `startServing` or `serveForever` on. Default true. */
  readonly startServing?: boolean | undefined;
}

export const DEFAULT_BACKLOG = 100;

/**
 * Listens for TCP connections: asyncio's `loop.create_server`.
 *
 * Throws OSError (EADDRINUSE with address and port, EACCES, …), NameError, RangeError for a bad port, TypeError, TlsError.
 */
export function* createServer(
  network: Network,
  protocolFactory: () => Protocol | BufferedProtocol,
  options: ServerOptions,
): Coroutine<Server> {
  checkFunction(protocolFactory, 'createServer', 'a function that makes a protocol');
  checkServerOptions(options);
  const tls = yield* serverTls(network, options, 'startServer');
  const { sock, backlog = DEFAULT_BACKLOG } = options;
  const fds =
    sock === undefined
      ? yield* listenAtAll(network, yield* listenAddresses(network, options), options)
      : [yield* listenOnGiven(network, sock, backlog, 'startServer')];
  const server = new Server(network, fds, protocolFactory, { makeTransport: acceptedTransports(tls) });
  if (options.startServing !== false) server._start();
  return server;
}

function checkServerOptions(options: ServerOptions): void {
  checkOptions(options, 'startServer');
  const { sock, host, port } = options;
  checkExclusive(sock, { host, port }, 'startServer');
  if (sock === undefined) {
    for (const one of hostsOf(options)) checkHost(one, 'startServer');
    checkPort(port, 'startServer');
    checkFamily(options.family, 'startServer');
  } else checkSocketLike(sock, 'startServer', 'stream');
  if (options.backlog !== undefined) checkInteger(options.backlog, 'startServer: backlog', 0);
  if (Array.isArray(options.host) && options.host.length === 0) {
    throw new RangeError(`startServer expects at least one host, got ${describeValue(options.host)} that is empty`);
  }
}

function hostsOf({ host }: ServerOptions): readonly (string | undefined)[] {
  return Array.isArray(host) ? (host as readonly string[]) : [host as string | undefined];
}

function* listenAddresses(network: Network, options: ServerOptions): Coroutine<readonly InetAddress[]> {
  const { port = 0, family = 0 } = options;
  const found = new Map<string, InetAddress>();
  for (const host of hostsOf(options)) {
    const addresses = host ? yield* resolve(network.resolver, host, port, family) : everywhere(port, family);
    for (const address of addresses) found.set(address.host, address);
  }
  return [...found.values()];
}

function everywhere(port: number, family: Family): InetAddress[] {
  const both: InetAddress[] = [
    { family: 4, host: '0.0.0.0', port },
    { family: 6, host: '::', port },
  ];
  return both.filter((address) => family === 0 || address.family === family);
}

/** One socket for each address. Nothing is left open when one fails. */
function* listenAtAll(
  network: Network,
  addresses: readonly InetAddress[],
  options: ServerOptions,
): Coroutine<readonly number[]> {
  const fds: number[] = [];
  const missing: OSError[] = [];
  try {
    for (const address of addresses) {
      try {
        fds.push(yield* listenAtOne(network, address, options, fds[0]));
      } catch (error) {
        // A machine without IPv6, say: serve on what there is.
        if (!(error instanceof OSError) || !isMissing(error)) throw error;
        missing.push(error);
      }
    }
    if (fds.length > 0) return fds;
  } catch (error) {
    for (const fd of fds) network.driver.close(fd);
    throw error;
  }
  throw missing.length === 1 ? missing[0]! : new AddressesError('listen', missing, addresses[0]!);
}

function isMissing({ errno }: OSError): boolean {
  return errno === -EADDRNOTAVAIL || errno === -EAFNOSUPPORT;
}

/** With port 0 tries the port of the first socket first, so that a server has one port on all its addresses. */
function* listenAtOne(
  network: Network,
  address: InetAddress,
  options: ServerOptions,
  firstFd: number | undefined,
): Coroutine<number> {
  const how: ListenOptions = {
    backlog: options.backlog ?? DEFAULT_BACKLOG,
    reuseAddress: options.reuseAddress ?? true,
    reusePort: options.reusePort ?? false,
    v6Only: true,
  };
  if (address.port !== 0 || firstFd === undefined) return yield* listenAt(network, address, how);
  const first = network.driver.localAddress(firstFd) as InetAddress;
  try {
    return yield* listenAt(network, { ...address, port: first.port }, how);
  } catch (error) {
    if (!(error instanceof OSError) || error.errno !== -EADDRINUSE) throw error;
    return yield* listenAt(network, address, how);
  }
}
