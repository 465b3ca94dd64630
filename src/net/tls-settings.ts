import type { Context } from '../core/context.ts';
import { type Coroutine, describeValue } from '../core/coroutine.ts';
import type { Network } from './network.ts';
import type { TransportOwner } from './stream-transport.ts';
import type { TlsEngineMaker } from './tls-engine.ts';
import type { TlsClientOptions, TlsOptions, TlsServerOptions, TlsTimeouts } from './tls-options.ts';

/** In milliseconds, as asyncio's. */
const HANDSHAKE_TIMEOUT_MS = 60_000;
const SHUTDOWN_TIMEOUT_MS = 30_000;

/** What a TlsTransport needs to know. */
export interface TlsSettings {
  readonly makeEngine: TlsEngineMaker;
  /** For error messages: the server's name, as the client calls it. */
  readonly host: string | undefined;
  /** In milliseconds. */
  readonly handshakeTimeout: number;
  readonly shutdownTimeout: number;
}

export interface TlsTransportOptions {
  /** Whether the protocol is to be told `connectionMade`: not when it had the connection before TLS. */
  readonly announce: boolean;
  readonly context: Context;
  readonly owner?: TransportOwner | undefined;
  /** Called once: after the handshake (undefined), or when the connection is lost before its end. */
  readonly ready?: ((error: Error | undefined) => void) | undefined;
}

/** Throws RangeError or TypeError where the TLS part of `options` makes no sense. */
export function checkTlsOptions(options: TlsClientOptions | TlsServerOptions, what: string): void {
  const { tls, tlsHandshakeTimeout, tlsShutdownTimeout } = options;
  const { serverHostname } = options as TlsClientOptions;
  if (tls !== undefined && typeof tls !== 'boolean' && (typeof tls !== 'object' || tls === null)) {
    throw new TypeError(`${what}: tls must be true or an object of options, got ${describeValue(tls)}`);
  }
  if (serverHostname !== undefined && typeof serverHostname !== 'string') {
    throw new TypeError(`${what}: serverHostname must be a string, got ${describeValue(serverHostname)}`);
  }
  for (const [name, value] of Object.entries({ tlsHandshakeTimeout, tlsShutdownTimeout, serverHostname })) {
    if (value === undefined) continue;
    // It would send in the clear what was meant to be secret.
    if (tls === undefined || tls === false) throw new RangeError(`${what}: ${name} makes sense only with tls`);
    if (name === 'serverHostname' || (typeof value === 'number' && value > 0)) continue;
    throw new RangeError(`${what}: ${name} must be a positive number of milliseconds, got ${describeValue(value)}`);
  }
}

/** The settings of a client; undefined without TLS. Throws TlsError where the options cannot be used. */
export function* clientTls(
  network: Network,
  options: TlsClientOptions,
  host: string,
): Coroutine<TlsSettings | undefined> {
  const { tls, serverHostname } = options;
  if (tls === undefined || tls === false) return undefined;
  const given: TlsOptions = tls === true ? {} : tls;
  const name = serverHostname ?? given.servername ?? host;
  const provider = yield* network.loadTls();
  return { makeEngine: provider.client(given, name), host: name || host, ...timeoutsOf(options) };
}

/** The settings of all connections of a server; undefined without TLS. Throws TlsError, RangeError. */
export function* serverTls(
  network: Network,
  options: TlsServerOptions,
  what: string,
): Coroutine<TlsSettings | undefined> {
  const { tls } = options;
  if (tls === undefined || tls === false) return undefined;
  if (typeof tls !== 'object') throw new RangeError(`${what}: a server needs a certificate: tls: { key, cert }`);
  const provider = yield* network.loadTls();
  return { makeEngine: provider.server(tls), host: undefined, ...timeoutsOf(options) };
}

function timeoutsOf(options: TlsTimeouts): { readonly handshakeTimeout: number; readonly shutdownTimeout: number } {
  return {
    handshakeTimeout: options.tlsHandshakeTimeout ?? HANDSHAKE_TIMEOUT_MS,
    shutdownTimeout: options.tlsShutdownTimeout ?? SHUTDOWN_TIMEOUT_MS,
  };
}
