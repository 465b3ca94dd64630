import { copyContext } from '../core/context.ts';
import { type Coroutine, describeValue, isCoroutine } from '../core/coroutine.ts';
import { Future } from '../core/future.ts';
import { BaseProtocol } from './endpoint.ts';
import { TransportClosedError } from './errors.ts';
import type { Network } from './network.ts';
import type { BufferedProtocol, Protocol } from './protocol.ts';
import { settle } from './started.ts';
import type { TlsOptions, TlsTimeouts } from './tls-options.ts';
import { checkTlsOptions, clientTls, serverTls, type TlsSettings } from './tls-settings.ts';
import { TlsTransport } from './tls-transport.ts';
import { Transport } from './transport.ts';

export interface StartTlsOptions extends TlsTimeouts {
  /** True: this end is the server, and has the certificate. Default false. */
  readonly serverSide?: boolean | undefined;
  /** Client: the name in the server's certificate. `''`: the name is not checked (not recommended). */
  readonly serverHostname?: string | undefined;
}

/** A protocol that keeps what it is given: what is not read yet is the beginning of TLS. */
interface Keeping {
  _handOver(): { readonly data: Buffer; readonly ended: boolean };
}

/**
 * Goes on with TLS on a connection that has begun without it: asyncio's `loop.start_tls`. Gives the transport to be used
 * from then on.
 *
 * Throws TlsError, TransportClosedError when the connection is closed, TypeError, RangeError for a client without
 * `serverHostname`. When it throws after it has begun, the connection is closed, and the protocol is told.
 */
export function* startTls(
  network: Network,
  transport: Transport,
  protocol: Protocol | BufferedProtocol,
  tls: true | TlsOptions,
  options: StartTlsOptions = {},
): Coroutine<Transport> {
  checkArguments(transport, protocol, tls, options);
  // What comes from now on is not for the protocol any more.
  const wasReading = transport.isReading();
  transport.pauseReading();
  let settings: TlsSettings;
  try {
    settings = (yield* settingsOf(network, tls, options))!;
    checkOpen(transport);
  } catch (error) {
    if (wasReading) transport.resumeReading();
    throw error;
  }
  const { scheduler } = network;
  const ready = new Future<void>({ loop: scheduler });
  const upper = new TlsTransport(scheduler, settings, protocol, {
    announce: false,
    context: copyContext(),
    ready: (error) => settle(ready, error),
  });
  transport.setProtocol(upper.lower);
  scheduler.push({
    run: () => {
      upper.begin(transport);
      if (keeps(protocol)) {
        const { data, ended } = protocol._handOver();
        if (data.length > 0) upper.rawData(data);
        if (ended) upper.rawEof();
      }
      transport.resumeReading();
    },
  });
  try {
    yield* ready;
  } catch (error) {
    transport.abort();
    throw error;
  }
  return upper;
}

function settingsOf(network: Network, tls: true | TlsOptions, options: StartTlsOptions) {
  if (options.serverSide === true) {
    return serverTls(network, { ...options, tls: tls as TlsOptions }, 'startTls');
  }
  return clientTls(network, { ...options, tls }, '');
}

function checkArguments(transport: unknown, protocol: unknown, tls: unknown, options: StartTlsOptions): void {
  if (!(transport instanceof Transport)) {
    throw new TypeError(`startTls expects a transport, got ${describeValue(transport)}`);
  }
  if (!(protocol instanceof BaseProtocol)) {
    throw new TypeError(`startTls expects a protocol, got ${describeValue(protocol)}`);
  }
  if (typeof options !== 'object' || options === null || isCoroutine(options)) {
    throw new TypeError(`startTls expects an object of options, got ${describeValue(options)}`);
  }
  if (tls === undefined || tls === (false as unknown)) {
    throw new TypeError(`startTls expects true or an object of TLS options, got ${describeValue(tls)}`);
  }
  checkTlsOptions({ ...options, tls: tls as TlsOptions }, 'startTls');
  const named = options.serverHostname !== undefined || (tls as TlsOptions).servername !== undefined;
  if (options.serverSide !== true && !named) {
    throw new RangeError('startTls: a client must give serverHostname, the name in the server’s certificate');
  }
  checkOpen(transport);
}

function checkOpen(transport: Transport): void {
  if (!transport.isClosing()) return;
  throw new TransportClosedError('ERR_TRANSPORT_CLOSED', 'startTls: the transport is closing or closed');
}

function keeps(protocol: object): protocol is Keeping {
  return '_handOver' in protocol;
}
