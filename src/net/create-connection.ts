import type { Coroutine } from '../core/coroutine.ts';
import { checkTime } from '../core/scheduler.ts';
import type { InetAddress } from '../io/address.ts';
import { checkEnd, checkFamily, checkFunction, checkHost, checkInteger, checkOptions, checkPort } from './check.ts';
import { connectToAny } from './connect.ts';
import { checkExclusive, checkSocketLike, type SocketLike, takeStream } from './given-socket.ts';
import { interleave } from './interleave.ts';
import type { Network } from './network.ts';
import type { BufferedProtocol, Protocol } from './protocol.ts';
import { type Family, resolve } from './resolver.ts';
import { startTransport } from './start-transport.ts';
import type { TlsClientOptions } from './tls-options.ts';
import { clientTls } from './tls-settings.ts';
import type { Transport } from './transport.ts';

export interface ConnectionOptions extends TlsClientOptions {
  /** A stream socket that is connected already, in place of host and port; the transport takes it over. */
  readonly sock?: SocketLike | undefined;
  /** A name or a literal address; default: this machine. */
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  /** 4 or 6 to use only these addresses; default 0: both. */
  readonly family?: Family | undefined;
  /**
   * In milliseconds: when an address has not answered for so long the next one is tried beside it, and the first that
   * answers wins (Happy Eyeballs, RFC 8305, which recommends 250). Default: one after the other.
   */
  readonly happyEyeballsDelay?: number | undefined;
  /**
   * Try the families in turns, the first one so many times before the second. Default 0, the resolver's order; 1 with
   * `happyEyeballsDelay`.
   */
  readonly interleave?: number | undefined;
  /** Where to connect from; port 0 or none: any. */
  readonly localAddr?: { readonly host?: string | undefined; readonly port?: number | undefined } | undefined;
}

const THIS_MACHINE = 'localhost';

/**
 * Connects to a TCP server: asyncio's `loop.create_connection`. The addresses of a name are tried in order, or in a race.
 *
 * Throws OSError (ECONNREFUSED, …), NameError (ENOTFOUND, …), RangeError for a bad port, TypeError, TlsError.
 */
export function* createConnection<P extends Protocol | BufferedProtocol>(
  network: Network,
  protocolFactory: () => P,
  options: ConnectionOptions,
): Coroutine<[Transport, P]> {
  checkFunction(protocolFactory, 'createConnection', 'a function that makes a protocol');
  checkOptions(options, 'createConnection');
  const { sock, host, port } = options;
  checkExclusive(sock, { host, port }, 'createConnection');
  if (sock !== undefined) return yield* useSocket(network, protocolFactory, sock, options);
  const tls = yield* clientTls(network, options, options.host || THIS_MACHINE);
  const found = yield* remoteAddresses(network, options, 'createConnection');
  const locals = yield* localAddresses(network, options, 'createConnection');
  const { happyEyeballsDelay: delay, interleave: count = delay === undefined ? 0 : 1 } = options;
  const addresses = count > 0 ? interleave(found, count) : found;
  const fd = yield* connectToAny(network, addresses, locals, delay);
  return yield* startTransport(network, fd, protocolFactory, tls);
}

function* useSocket<P extends Protocol | BufferedProtocol>(
  network: Network,
  protocolFactory: () => P,
  sock: SocketLike,
  options: ConnectionOptions,
): Coroutine<[Transport, P]> {
  checkSocketLike(sock, 'createConnection', 'stream');
  if (options.tls && options.serverHostname === undefined) {
    throw new RangeError('createConnection: tls without a host needs serverHostname, the name in the certificate');
  }
  const tls = yield* clientTls(network, options, '');
  return yield* startTransport(network, takeStream(network, sock, 'createConnection'), protocolFactory, tls);
}

function* remoteAddresses(
  network: Network,
  options: ConnectionOptions,
  what: string,
): Coroutine<readonly InetAddress[]> {
  checkHost(options.host, what);
  checkPort(options.port, what);
  checkFamily(options.family, what);
  const { happyEyeballsDelay: delay, interleave: count } = options;
  if (delay !== undefined) {
    checkTime(delay, `${what}: happyEyeballsDelay`);
    if (delay < 0) throw new RangeError(`${what}: happyEyeballsDelay must not be negative, got ${delay}`);
  }
  if (count !== undefined) checkInteger(count, `${what}: interleave`, 0);
  return yield* resolve(network.resolver, options.host || THIS_MACHINE, options.port, options.family ?? 0);
}

function* localAddresses(
  network: Network,
  { localAddr, family }: ConnectionOptions,
  what: string,
): Coroutine<readonly InetAddress[] | undefined> {
  if (localAddr === undefined) return undefined;
  checkEnd(localAddr, `${what}: localAddr`);
  const { host, port = 0 } = localAddr;
  checkHost(host, `${what}: localAddr`);
  checkPort(port, `${what}: localAddr`);
  return yield* resolve(network.resolver, host || THIS_MACHINE, port, family ?? 0);
}
