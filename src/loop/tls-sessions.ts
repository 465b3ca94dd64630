import type { TLSSocket } from 'node:tls';
import { type Pointer, pinned } from '../ffi/libc.ts';
import type { OpenSsl } from '../ffi/openssl.ts';
import type { SslCapture } from './ssl-capture.ts';

/** In bytes: Node does not give longer ones either. */
const LONGEST_SESSION = 10 * 1024;

const NO_ID = Buffer.alloc(0);

/** What Node's own callback calls: newer ones put the server's name around a session, and take no other back. */
interface SessionHandle {
  onnewsession(id: Buffer, session: Buffer): void;
}

/** A client's sessions, which a server of TLS 1.3 may give at any time. They come as the socket's `session` events. */
export class TlsSessions {
  readonly #openSsl: OpenSsl;
  readonly #context: Pointer;
  readonly #handle: SessionHandle;
  readonly #came: Buffer[] = [];

  private constructor({ openSsl, context }: SslCapture, handle: SessionHandle) {
    this.#openSsl = openSsl;
    this.#context = context;
    this.#handle = handle;
  }

  /** Undefined where Node's inside does not look as it is known. */
  static of(capture: SslCapture, socket: TLSSocket): TlsSessions | undefined {
    const { _handle: handle } = socket as unknown as { readonly _handle?: Partial<SessionHandle> | null };
    if (typeof handle?.onnewsession !== 'function') return undefined;
    return new TlsSessions(capture, handle as SessionHandle);
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
    while (this.#came.length > 0) this.#handle.onnewsession(NO_ID, this.#came.shift()!);
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
