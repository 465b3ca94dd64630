import type { TLSSocket } from 'node:tls';
import type { TlsEngine, TlsEngineOwner, TlsInfo } from '../net/tls-engine.ts';
import { TlsError } from '../net/tls-error.ts';
import { MemoryHandle } from './memory-handle.ts';
import { MemoryPipe } from './memory-pipe.ts';
import { NodeTlsInfo } from './node-tls-info.ts';

/** One connection's TLS, spoken by a TLSSocket of Node's that has a pipe in memory for a network. */
export class NodeTlsEngine implements TlsEngine {
  readonly pipe: MemoryPipe;
  readonly #owner: TlsEngineOwner;
  #socket: TLSSocket | undefined = undefined;
  #handle: MemoryHandle | undefined = undefined;
  #info: NodeTlsInfo | undefined = undefined;
  #over = false;
  #eofReceived = false;
  readonly #written = (error?: Error | null): void => {
    // An error comes as an event as well.
    if (!error && !this.#over) this.#owner.written();
  };

  readonly #ciphertext = (data: Buffer): void => {
    if (!this.#over) this.#owner.ciphertext(data);
  };

  constructor(owner: TlsEngineOwner) {
    this.#owner = owner;
    this.pipe = new MemoryPipe(this.#ciphertext, () => {
      if (!this.#over) owner.ended();
    });
    this.pipe.on('error', (error) => this.#fail(error));
  }

  /** Of a client: the handshake has begun. */
  connect(socket: TLSSocket, onSession: ((session: Buffer) => void) | undefined): void {
    this.#socket = socket;
    socket.on('error', (error) => this.#fail(error));
    socket.on('session', (session: Buffer) => {
      if (this.#info !== undefined) this.#info.latestSession = session;
      onSession?.(session);
    });
    socket.on('secureConnect', () => this.established(socket));
  }

  /** The handshake is over. */
  established(socket: TLSSocket): void {
    if (this.#over) return;
    if (this.#socket === undefined) socket.on('error', (error) => this.#fail(error));
    this.#socket = socket;
    this.#handle = MemoryHandle.of(socket, this.pipe, this.#ciphertext);
    const info = new NodeTlsInfo(socket);
    this.#info = info;
    this.#owner.handshakeDone(info satisfies TlsInfo);
    socket.on('data', (data: Buffer) => {
      if (!this.#over) this.#owner.plaintext(data);
    });
    socket.on('end', () => {
      if (!this.#over) this.#owner.peerEnded();
    });
    // The event of the end comes later, when it is too late to know what came first: the goodbye or the network's end.
    const { push } = socket;
    socket.push = (chunk: unknown, encoding?: BufferEncoding): boolean => {
      if (chunk === null && this.#eofReceived) info.truncated = true;
      return push.call(socket, chunk, encoding);
    };
  }

  /** Of a server: it does not want this client. */
  refused(error: Error, socket: TLSSocket): void {
    // Typed as an error by mistake: it is its code.
    const code: unknown = socket.authorizationError;
    if (typeof code !== 'string') this.#fail(error);
    else this.#fail(new TlsError(code, 'the client’s certificate is not trusted', undefined, { cause: error }));
  }

  receive(data: Buffer): void {
    if (this.#over) return;
    if (this.#handle?.receive(data) !== true) this.pipe.push(Buffer.from(data));
    const error = this.#socket?.errored;
    // Now, not when its event comes: the network's end, which often follows, would be taken for the cause.
    if (error) this.#fail(error);
  }

  receiveEof(): void {
    if (this.#over || this.#eofReceived) return;
    this.#eofReceived = true;
    this.pipe.push(null);
    if (this.#info !== undefined) return;
    const fail = (): void =>
      this.#fail(new TlsError('ECONNRESET', 'the peer closed the connection during the handshake'));
    // What came before has not been looked at yet when the socket is that new.
    if (this.pipe.readableLength > 0) setImmediate(fail);
    else fail();
  }

  write(data: Uint8Array): void {
    if (this.#over) return;
    const socket = this.#socket!;
    if (this.#handle === undefined) socket.write(data, this.#written);
    else this.#handle.during(() => socket.write(data, this.#written));
  }

  end(): void {
    if (this.#over) return;
    const socket = this.#socket!;
    if (this.#handle === undefined) socket.end();
    else this.#handle.during(() => socket.end());
  }

  destroy(): void {
    this.#over = true;
    this.#socket?.destroy();
    this.pipe.destroy();
  }

  #fail(error: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#owner.failed(error);
  }
}
