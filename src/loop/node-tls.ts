import { isIP } from 'node:net';
import {
  type ConnectionOptions,
  connect,
  createSecureContext,
  createServer,
  DEFAULT_CIPHERS,
  type SecureContext,
  type SecureContextOptions,
  Server,
  type TlsOptions as ServerOptions,
  type TLSSocket,
} from 'node:tls';
import type { TlsEngineMaker, TlsProvider } from '../net/tls-engine.ts';
import { tlsErrorOf } from '../net/tls-error.ts';
import type { TlsOptions } from '../net/tls-options.ts';
import { NodeTlsEngine } from './node-tls-engine.ts';
import { SslCapture } from './ssl-capture.ts';

/** In milliseconds: Node's own limit is out of the way, ours counts. */
const NO_HANDSHAKE_TIMEOUT_MS = 2 ** 31 - 1;

/** Node's own OpenSSL: node:tls over streams in memory. */
export const nodeTls: TlsProvider = {
  client(options, serverHostname) {
    const secureContext = contextOf(options);
    const names = namesOf(options, serverHostname);
    const how = { ...(options as ConnectionOptions), ...names, secureContext };
    return (owner) => {
      const engine = new NodeTlsEngine(owner);
      const [socket, capture] = SslCapture.during(secureContext, () => connect({ ...how, socket: engine.pipe }));
      engine.capturedBy(capture);
      engine.connect(socket, options.onSession);
      return engine;
    };
  },

  server(options) {
    return servers.get(options) ?? newServer(options);
  },
};

/** `startTls` comes with the same options for each connection: they are to share their sessions, and the work is done once. */
const servers = new WeakMap<TlsOptions, TlsEngineMaker>();

function newServer(options: TlsOptions): TlsEngineMaker {
  const { secureContext, contexts, ...plain } = options;
  const server = orTlsError(() =>
    createServer({ ...(plain as ServerOptions), handshakeTimeout: NO_HANDSHAKE_TIMEOUT_MS }),
  );
  for (const [name, one] of Object.entries(contexts ?? {})) server.addContext(name, contextOf(one));
  const maker: TlsEngineMaker = (owner) => {
    const engine = new NodeTlsEngine(owner);
    const single = serverOfOne(server, engine, secureContext as SecureContext | undefined);
    const [, capture] = SslCapture.during(single._sharedCreds, () => {
      // So Node documents it: a connection that comes from elsewhere is given to a server as this event.
      Reflect.apply(Server.prototype.emit, single, ['connection', engine.pipe]);
    });
    engine.capturedBy(capture);
    return engine;
  };
  servers.set(options, maker);
  return maker;
}

/**
 * The server as one connection sees it: what it emits tells of that connection only. (The server's own events name the
 * TLS socket, which cannot be traced to the stream below it.)
 */
function serverOfOne(server: Server, engine: NodeTlsEngine, context: SecureContext | undefined): ServerWithContext {
  const emit = (event: string, ...rest: unknown[]): boolean => {
    if (event === 'secureConnection') engine.established(rest[0] as TLSSocket);
    else if (event === 'tlsClientError') engine.refused(rest[0] as Error, rest[1] as TLSSocket);
    else return server.emit(event, ...rest);
    return true;
  };
  const single = Object.create(server, { emit: { value: emit } }) as Server;
  if (context !== undefined) Object.defineProperty(single, '_sharedCreds', { value: context });
  return single as ServerWithContext;
}

/** Node's servers take no ready context; this is where they keep the one that they make of their options. */
type ServerWithContext = Server & { readonly _sharedCreds?: SecureContext };

function contextOf(options: TlsOptions): SecureContext {
  if (options.secureContext !== undefined) return options.secureContext as SecureContext;
  return orTlsError(() => createSecureContext({ ciphers: DEFAULT_CIPHERS, ...(options as SecureContextOptions) }));
}

/** Which name is asked for and checked. An address is not asked for (RFC 6066), but checked. */
function namesOf({ servername }: TlsOptions, serverHostname: string): ConnectionOptions {
  if (serverHostname === '') return { checkServerIdentity: () => undefined };
  const asked = servername ?? serverHostname;
  return isIP(asked) === 0 ? { host: serverHostname, servername: asked } : { host: asked };
}

function orTlsError<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    // A TypeError for an option of the wrong kind says all that there is to say.
    if (error instanceof TypeError || error instanceof RangeError || !(error instanceof Error)) throw error;
    throw tlsErrorOf(error, undefined);
  }
}
