import type { MakeTransport } from './server.ts';
import { StreamTransport } from './stream-transport.ts';
import type { TlsSettings } from './tls-settings.ts';
import { TlsTransport } from './tls-transport.ts';

/** What makes the transports of a server's connections, with TLS or without. */
export function acceptedTransports(tls: TlsSettings | undefined): MakeTransport {
  return (network, fd, protocol, owner, context) => {
    if (tls === undefined) return new StreamTransport(network, fd, protocol, owner, context);
    // The connections to be closed are those with TLS: they say goodbye first.
    const upper = new TlsTransport(network.scheduler, tls, protocol, { announce: true, context, owner });
    return new StreamTransport(network, fd, upper.lower, undefined, context.copy());
  };
}
