import type { SecureContext } from 'node:tls';
import type { Pointer } from '../ffi/libc.ts';
import { type OpenSsl, openSsl } from '../ffi/openssl.ts';
import { nodeUtil } from '../node/builtins.ts';

/** `[External: 55d0c0de]`: the only way in which JavaScript code is told an address. */
const EXTERNAL = /^\[External: ([0-9a-f]+)\]$/;

/** The OpenSSL objects behind one TLS socket of Node's. */
export class SslCapture {
  readonly openSsl: OpenSsl;
  readonly context: Pointer;
  /** 0 until the handshake's first message. */
  ssl: Pointer = 0;

  private constructor(openSsl: OpenSsl, context: Pointer) {
    this.openSsl = openSsl;
    this.context = context;
  }

  /**
   * Calls `make`, which makes one TLS socket with that context, and finds out about its SSL.
   *
   * Node does not tell its address. But an SSL takes over from its context who is to be told of protocol messages, so
   * while the socket is made the context names us; the first message of the handshake then tells which SSL it is of.
   */
  static during<T>(
    secureContext: SecureContext | undefined,
    make: () => T,
  ): [made: T, capture: SslCapture | undefined] {
    const openssl = openSsl();
    const context = secureContext === undefined ? 0 : addressOf(secureContext);
    if (openssl === undefined || context === 0) return [make(), undefined];
    const capture = new SslCapture(openssl, context);
    lastNumber = (lastNumber + 1) & 0x3fff_ffff;
    const number = lastNumber;
    awaited.set(number, capture);
    capture.#number = number;
    callback ||= openssl.messageCallback((ssl, argument) => tell(openssl, ssl, argument));
    openssl.setContextMessageCallback(context, callback, number);
    try {
      return [make(), capture];
    } finally {
      openssl.setContextMessageCallback(context, 0, 0);
    }
  }

  #number = 0;

  /** The connection is over. */
  forget(): void {
    awaited.delete(this.#number);
    this.ssl = 0;
  }
}

const awaited = new Map<number, SslCapture>();
let lastNumber = 0;
let callback: Pointer = 0;

function tell(openssl: OpenSsl, ssl: Pointer, number: number): void {
  openssl.setMessageCallback(ssl, 0);
  const capture = awaited.get(number);
  awaited.delete(number);
  if (capture !== undefined) capture.ssl = ssl;
}

/** The address of the context's SSL_CTX; 0 where Node keeps it to itself. */
function addressOf(secureContext: SecureContext): Pointer {
  const { _external: external } = secureContext.context as { readonly _external?: unknown };
  const text = external === undefined ? null : EXTERNAL.exec(nodeUtil().inspect(external));
  return text === null ? 0 : Number.parseInt(text[1]!, 16);
}
