import { type Coroutine, describeValue } from '../core/coroutine.ts';
import type { InetAddress } from '../io/address.ts';
import type { SocketType } from '../io/descriptor-calls.ts';
import { checkFamily, checkHost, checkPort } from './check.ts';
import { familyOfLiteral } from './literal.ts';
import type { Network } from './network.ts';
import { type Family, resolve } from './resolver.ts';

export interface AddressInfoOptions {
  /** 4 or 6; default 0: both. */
  readonly family?: Family | undefined;
  /** Default 'stream'. */
  readonly type?: SocketType | undefined;
  /** Without a host: an address to listen at (every interface) instead of this machine's own. Default false. */
  readonly passive?: boolean | undefined;
}

export interface AddressInfo {
  readonly family: 4 | 6;
  readonly type: SocketType;
  readonly address: InetAddress;
}

export interface NameInfoOptions {
  /** The address itself instead of a name. Default false. */
  readonly numericHost?: boolean | undefined;
  /** The port itself instead of the name of a service. Default false. */
  readonly numericService?: boolean | undefined;
}

/** The addresses of a host, in the order in which they should be tried: asyncio's `loop.getaddrinfo`. */
export function* getaddrinfo(
  network: Network,
  host: string | undefined,
  port: number,
  { family = 0, type = 'stream', passive = false }: AddressInfoOptions = {},
): Coroutine<AddressInfo[]> {
  checkHost(host, 'getaddrinfo');
  checkPort(port, 'getaddrinfo');
  checkFamily(family, 'getaddrinfo');
  if (type !== 'stream' && type !== 'datagram') {
    throw new RangeError(`getaddrinfo: type must be 'stream' or 'datagram', got ${describeValue(type)}`);
  }
  const found: readonly InetAddress[] = host
    ? yield* resolve(network.resolver, host, port, family)
    : own(family, port, passive);
  return found.map((address) => ({ family: address.family, type, address }));
}

function own(family: Family, port: number, passive: boolean): InetAddress[] {
  const both: InetAddress[] = [
    { family: 4, host: passive ? '0.0.0.0' : '127.0.0.1', port },
    { family: 6, host: passive ? '::' : '::1', port },
  ];
  return both.filter((address) => family === 0 || address.family === family);
}

/** The names of a host and of a service, as `['localhost', 'http']`: asyncio's `loop.getnameinfo`. */
export function* getnameinfo(
  network: Network,
  address: { readonly host: string; readonly port: number },
  { numericHost = false, numericService = false }: NameInfoOptions = {},
): Coroutine<[host: string, service: string]> {
  const { host, port } = address ?? {};
  checkPort(port, 'getnameinfo');
  if (typeof host !== 'string' || familyOfLiteral(host) === 0) {
    throw new RangeError(`getnameinfo: host must be a literal address, got ${describeValue(host)}`);
  }
  if (numericHost && numericService) return [host, String(port)];
  const [name, service] = yield* network.resolver.reverse(host, port);
  return [numericHost ? host : name, numericService ? String(port) : service];
}
