type Pem = string | Uint8Array;

/** Made by `tls.createSecureContext` of node:tls. */
export interface SecureContextLike {
  readonly context: unknown;
}

/** A private key, or one with its own passphrase. */
export type TlsKey = Pem | readonly (Pem | { readonly pem: Pem; readonly passphrase?: string | undefined })[];

/** The fields of Node's PeerCertificate that a check of names is about. */
export interface TlsPeerCertificate {
  readonly subject: Readonly<Record<string, string | string[] | undefined>>;
  readonly issuer: Readonly<Record<string, string | string[] | undefined>>;
  readonly subjectaltname?: string | undefined;
  readonly valid_from: string;
  readonly valid_to: string;
  readonly fingerprint256: string;
  readonly serialNumber: string;
  /** In DER. */
  readonly raw: Buffer;
}

/**
 * How TLS is spoken: Node's own names and meanings (see `tls.createSecureContext`, `tls.connect` and `tls.createServer`
 * in Node's documentation), so that certificates, `NODE_EXTRA_CA_CERTS` and `--use-openssl-ca` work as they do there.
 *
 * @example
 * yield* startServer(serve, { port: 443, tls: { key: readFileSync('key.pem'), cert: readFileSync('cert.pem') } });
 * yield* openConnection({ host: 'bar.example', port: 443, tls: { ALPNProtocols: ['http/1.1'] } });
 */
export interface TlsOptions {
  /** A ready context, in place of `key`, `cert`, `ca` and all else that describes one. */
  readonly secureContext?: SecureContextLike | undefined;
  readonly key?: TlsKey | undefined;
  readonly cert?: Pem | readonly Pem[] | undefined;
  /** Whom to trust. Default: Node's own trust store, with NODE_EXTRA_CA_CERTS. */
  readonly ca?: Pem | readonly Pem[] | undefined;
  readonly crl?: Pem | readonly Pem[] | undefined;
  readonly pfx?: Pem | readonly Pem[] | undefined;
  readonly passphrase?: string | undefined;
  readonly ciphers?: string | undefined;
  readonly honorCipherOrder?: boolean | undefined;
  readonly ecdhCurve?: string | undefined;
  readonly dhparam?: Pem | undefined;
  readonly sigalgs?: string | undefined;
  readonly minVersion?: 'TLSv1.3' | 'TLSv1.2' | 'TLSv1.1' | 'TLSv1' | undefined;
  readonly maxVersion?: 'TLSv1.3' | 'TLSv1.2' | 'TLSv1.1' | 'TLSv1' | undefined;
  readonly secureOptions?: number | undefined;
  /** Server: for the resumption of sessions; in seconds. */
  readonly sessionTimeout?: number | undefined;
  readonly sessionIdContext?: string | undefined;
  readonly ticketKeys?: Buffer | undefined;
  /** In order of preference. Server and client without one in common: the handshake fails. */
  readonly ALPNProtocols?: string[] | undefined;
  /** Server: ask the client for a certificate; one that is missing or not trusted fails, see `rejectUnauthorized`. */
  readonly requestCert?: boolean | undefined;
  /** False: also peers that cannot prove who they are; look at `getExtraInfo('tls')`. Default true. */
  readonly rejectUnauthorized?: boolean | undefined;
  /** Client: the name that is asked for, where it is not `serverHostname`. */
  readonly servername?: string | undefined;
  /** Client: in place of Node's check that the certificate is for that name. An error refuses it. */
  checkServerIdentity?(host: string, certificate: TlsPeerCertificate): Error | undefined;
  /** Client: a session of an earlier connection to the same server, to be resumed. */
  readonly session?: Buffer | undefined;
  /** Client: a session that may be resumed later; called as often as the server gives one. */
  onSession?(session: Buffer): void;
  /** Server: the context for the name that a client asks for. */
  SNICallback?(
    servername: string,
    callback: (error: Error | null, context?: SecureContextLike | undefined) => void,
  ): void;
  /** Server: contexts by name (`'*.bar.example'` too), in place of SNICallback. Ours, by Node's `server.addContext`. */
  readonly contexts?: Readonly<Record<string, TlsOptions>> | undefined;
}

/** What `tls` is accompanied by. Both give RangeError without `tls`. */
export interface TlsTimeouts {
  /** In milliseconds: a handshake that takes longer fails. Default 60 000. */
  readonly tlsHandshakeTimeout?: number | undefined;
  /** In milliseconds: after `close`, how long the peer may take for its goodbye before the connection is aborted. Default 30 000. */
  readonly tlsShutdownTimeout?: number | undefined;
}

/** The TLS part of the options of a connection. */
export interface TlsClientOptions extends TlsTimeouts {
  /** True: with Node's defaults. Default: no TLS. */
  readonly tls?: boolean | TlsOptions | undefined;
  /** The name in the server's certificate, where it is not `host`. `''`: the name is not checked (not recommended). */
  readonly serverHostname?: string | undefined;
}

/** The TLS part of the options of a server. */
export interface TlsServerOptions extends TlsTimeouts {
  /** With `key` and `cert`, or `secureContext`, at least. Default: no TLS. */
  readonly tls?: false | TlsOptions | undefined;
}
