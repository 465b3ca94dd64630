import { type Pointer, pinned } from '../ffi/libc.ts';
import type { OpenSsl } from '../ffi/openssl.ts';
import type { SslCapture } from './ssl-capture.ts';

/** In bytes: Node does not give longer ones either. */
const LONGEST_SESSION = 10 * 1024;

/** A client's sessions, which a server of TLS 1.3 may give at any time. */
export class TlsSessions {
  readonly #openSsl: OpenSsl;
  readonly #context: Pointer;
  readonly #onSession: (session: Buffer) => void;
  readonly #came: Buffer[] = [];

  constructor({ openSsl, context }: SslCapture, onSession: (session: Buffer) => void) {
    this.#openSsl = openSsl;
    this.#context = context;
    this.#onSession = onSession;
  }

  /**
   * Node's own callback, which is the context's and so that of other connections too, would run JavaScript on koffi's
   * stack: while `read` reads, ours is in its place.
   */
  during(read: () => void): void {
    const openSsl = this.#openSsl;
    const nodes = openSsl.getNewSessionCallback(this.#context);
    callback ||= openSsl.newSessionCallback((_ssl, session) => reading?.take(session));
    openSsl.setNewSessionCallback(this.#context, callback);
    reading = this;
    try {
      read();
    } finally {
      reading = undefined;
      openSsl.setNewSessionCallback(this.#context, nodes);
    }
  }

  /** Hands over what has come. */
  tell(): void {
    while (this.#came.length > 0) this.#onSession(this.#came.shift()!);
  }

  private take(session: Pointer): void {
    const openSsl = this.#openSsl;
    const length = openSsl.serialiseSession(session, 0);
    if (length <= 0 || length > LONGEST_SESSION) return;
    const memory = pinned(length);
    const cursor = pinned(8);
    cursor.view.setBigUint64(0, BigInt(memory.address), true);
    openSsl.serialiseSession(session, cursor.address);
    this.#came.push(Buffer.from(memory.bytes));
  }
}

let callback: Pointer = 0;
let reading: TlsSessions | undefined;
