import type { Coroutine } from '../core/coroutine.ts';
import type { InetAddress } from '../io/address.ts';
import { checkFunction, checkHost, checkOptions, checkPort } from './check.ts';
import { connectToAny } from './connect.ts';
import type { Network } from './network.ts';
import type { BufferedProtocol, Protocol } from './protocol.ts';
import { type Family, resolve } from './resolver.ts';
import { startTransport } from './start-transport.ts';
import type { StreamTransport } from './stream-transport.ts';

export interface ConnectionOptions {
  /** A name or a literal address; default: this machine. */
  readonly host?: string | undefined;
  readonly port: number;
  /** 4 or 6 to use only these addresses; default 0: both. */
  readonly family?: Family | undefined;
  /** Where to connect from; port 0 or none: any. */
  readonly localAddr?: { readonly host?: string | undefined; readonly port?: number | undefined } | undefined;
}

const THIS_MACHINE = 'localhost';

/**
 * Connects to a TCP server: asyncio's `loop.create_connection`. The addresses of a name are tried in order.
 *
 * Throws OSError (ECONNREFUSED, …), NameError (ENOTFOUND, …), RangeError for a bad port, TypeError.
 */
export function* createConnection<P extends Protocol | BufferedProtocol>(
  network: Network,
  protocolFactory: () => P,
  options: ConnectionOptions,
): Coroutine<[StreamTransport, P]> {
  checkFunction(protocolFactory, 'createConnection', 'a function that makes a protocol');
  const addresses = yield* remoteAddresses(network, options, 'createConnection');
  const locals = yield* localAddresses(network, options, 'createConnection');
  const fd = yield* connectToAny(network, addresses, locals);
  return yield* startTransport(network, fd, protocolFactory);
}

function* remoteAddresses(
  network: Network,
  options: ConnectionOptions,
  what: string,
): Coroutine<readonly InetAddress[]> {
  checkOptions(options, what);
  checkHost(options.host, what);
  checkPort(options.port, what);
  return yield* resolve(network.resolver, options.host || THIS_MACHINE, options.port, options.family ?? 0);
}

function* localAddresses(
  network: Network,
  { localAddr, family }: ConnectionOptions,
  what: string,
): Coroutine<readonly InetAddress[] | undefined> {
  if (localAddr === undefined) return undefined;
  const { host, port = 0 } = localAddr;
  checkHost(host, `${what}: localAddr`);
  checkPort(port, `${what}: localAddr`);
  return yield* resolve(network.resolver, host || THIS_MACHINE, port, family ?? 0);
}
