import { EPROTO } from '../io/errno.ts';
import { OSError } from '../io/os-error.ts';

const NOT_TLS = 'The peer does not speak TLS here: check the port, or whether it wants startTls';
const NOT_TRUSTED = 'Give the certificate of its authority as `ca`, or in the file that NODE_EXTRA_CA_CERTS names';
const CLOCK = 'The certificate has to be renewed, or a clock is wrong';
const NO_COMMON = 'The two ends allow no version, cipher or protocol (ALPN) in common';
const CLIENT_CERT = 'The server wants a certificate of the client: give it as `cert` and `key`';

/** What to do, by the code. */
const HINTS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: `The certificate is its own authority. ${NOT_TRUSTED}`,
  SELF_SIGNED_CERT_IN_CHAIN: NOT_TRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: NOT_TRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: NOT_TRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: `An authority in between may be missing in the peer's \`cert\`. ${NOT_TRUSTED}`,
  CERT_HAS_EXPIRED: CLOCK,
  CERT_NOT_YET_VALID: CLOCK,
  ERR_TLS_CERT_ALTNAME_INVALID: 'Connect by a name that is in the certificate, or give that name as `serverHostname`',
  ERR_SSL_WRONG_VERSION_NUMBER: NOT_TLS,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: NOT_TLS,
  ERR_SSL_HTTP_REQUEST: NOT_TLS,
  ERR_SSL_NO_SHARED_CIPHER: NO_COMMON,
  ERR_SSL_UNSUPPORTED_PROTOCOL: NO_COMMON,
  ERR_SSL_NO_APPLICATION_PROTOCOL: NO_COMMON,
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: NO_COMMON,
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: NO_COMMON,
  ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL: NO_COMMON,
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: CLIENT_CERT,
  ERR_TLS_HANDSHAKE_TIMEOUT: NOT_TLS,
};

/**
 * TLS could not be agreed upon, or broke: `code` is Node's or OpenSSL's own (`'DEPTH_ZERO_SELF_SIGNED_CERT'`,
 * `'ERR_TLS_CERT_ALTNAME_INVALID'`, `'ECONNRESET'`, …), the message says what to do where that is known.
 *
 * @example
 * catch (error) { if (error instanceof TlsError && error.code === 'CERT_HAS_EXPIRED') warn(error.host); }
 */
export class TlsError extends OSError {
  override readonly code: string;
  /** The name by which the server was asked for, where it is known. */
  readonly host: string | undefined;

  constructor(code: string, what: string, host?: string, options?: { readonly cause?: unknown }) {
    super(EPROTO, 'tls');
    this.code = code;
    this.host = host;
    const hint = HINTS[code];
    this.message = `TLS${host ? ` with ${host}` : ''}: ${what} (${code})${hint === undefined ? '' : `. ${hint}`}`;
    if (options !== undefined) this.cause = options.cause;
  }
}
Object.defineProperty(TlsError.prototype, 'name', { value: 'TlsError', configurable: true, writable: true });

/** An error of the engine, with where it happened. */
export function tlsErrorOf(error: Error, host: string | undefined): TlsError {
  if (error instanceof TlsError) return error;
  const { code, reason } = error as { readonly code?: unknown; readonly reason?: unknown };
  const what = typeof reason === 'string' ? reason : error.message;
  return new TlsError(typeof code === 'string' ? code : 'ERR_SSL', what.replace(/\.$/, ''), host, { cause: error });
}

/** Somebody, at this end or at that one, has changed his mind. */
export function endedEarly(host: string | undefined): TlsError {
  return new TlsError('ECONNABORTED', 'the connection was closed before the handshake was over', host);
}
