import type { TLSSocket } from 'node:tls';
import { inspectCustom } from '../core/inspect.ts';
import type { TlsInfo } from '../net/tls-engine.ts';
import type { TlsPeerCertificate } from '../net/tls-options.ts';

/** Read once, after the handshake: it is to be known still when the connection is gone. */
export class NodeTlsInfo implements TlsInfo {
  readonly protocol: string | undefined;
  readonly cipher: TlsInfo['cipher'];
  readonly alpnProtocol: string | undefined;
  readonly servername: string | undefined;
  readonly authorized: boolean;
  readonly authorizationError: string | undefined;
  readonly peerCertificate: TlsPeerCertificate | undefined;
  readonly sessionReused: boolean;
  latestSession: Buffer | undefined;
  truncated = false;

  constructor(socket: TLSSocket) {
    const { alpnProtocol, servername } = socket as unknown as { alpnProtocol: unknown; servername: unknown };
    // Typed as an error by mistake: it is its code, or for a wrong name the error.
    const refusal: unknown = socket.authorizationError;
    const certificate = socket.getPeerCertificate();
    this.protocol = socket.getProtocol() ?? undefined;
    this.cipher = socket.getCipher();
    this.alpnProtocol = typeof alpnProtocol === 'string' ? alpnProtocol : undefined;
    this.servername = typeof servername === 'string' ? servername : undefined;
    this.authorized = socket.authorized;
    this.authorizationError = refusal ? String((refusal as { code?: unknown }).code ?? refusal) : undefined;
    this.peerCertificate = certificate?.raw === undefined ? undefined : (certificate as unknown as TlsPeerCertificate);
    this.sessionReused = socket.isSessionReused();
    this.latestSession = undefined;
  }

  get session(): Buffer | undefined {
    return this.latestSession;
  }

  toString(): string {
    return `<TLS ${this.protocol} ${this.cipher.name} authorized=${this.authorized}>`;
  }

  [inspectCustom](): string {
    return this.toString();
  }
}
