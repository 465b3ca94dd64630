import type { TLSSocket } from 'node:tls';
import type { TlsEngine, TlsEngineOwner, TlsInfo } from '../net/tls-engine.ts';
import { TlsError } from '../net/tls-error.ts';
import { MemoryHandle } from './memory-handle.ts';
import { MemoryPipe } from './memory-pipe.ts';
import { NodeTlsInfo } from './node-tls-info.ts';
import type { SslCapture } from './ssl-capture.ts';
import { TlsRecords } from './tls-records.ts';
import { TlsSessions } from './tls-sessions.ts';

/**
 * One connection's TLS, spoken by a TLSSocket of Node's that has a pipe in memory for a network. That makes the handshake;
 * from then on OpenSSL is called without it where that is possible (TlsRecords), else past its streams (MemoryHandle).
 */
export class NodeTlsEngine implements TlsEngine {
  readonly pipe: MemoryPipe;
  readonly #owner: TlsEngineOwner;
  #socket: TLSSocket | undefined = undefined;
  #handle: MemoryHandle | undefined = undefined;
  #info: NodeTlsInfo | undefined = undefined;
  #over = false;
  #eofReceived = false;
  #peerEnded = false;
  /** Given to the socket, which has not called it written yet. */
  #writing = false;
  /** Undefined where the SSL is not to be had, or when nothing more can come of it. */
  #capture: SslCapture | undefined = undefined;
  #records: TlsRecords | undefined = undefined;
  #sessions: TlsSessions | undefined = undefined;
  readonly #written = (error?: Error | null): void => {
    this.#writing = false;
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

  /** Where the SSL of the socket will be known. */
  capturedBy(capture: SslCapture | undefined): void {
    this.#capture = capture;
  }

  /** Of a client: the handshake has begun. */
  connect(socket: TLSSocket, onSession: ((session: Buffer) => void) | undefined): void {
    this.#socket = socket;
    socket.on('error', (error) => this.#fail(error));
    const session = (session: Buffer): void => {
      if (this.#info !== undefined) this.#info.latestSession = session;
      onSession?.(session);
    };
    socket.on('session', session);
    socket.on('secureConnect', () => {
      if (this.#capture !== undefined) this.#sessions = TlsSessions.of(this.#capture, socket);
      // A session that came while we read would make Node call JavaScript where none may run.
      if (this.#sessions === undefined) this.#giveUpCapture();
      this.established(socket);
    });
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
      this.#peerEnded = true;
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
    const records = this.#records ?? this.#takeOver();
    if (records !== undefined) {
      records.receive(data);
      return;
    }
    if (this.#handle?.receive(data) !== true) this.pipe.push(Buffer.from(data));
    const error = this.#socket?.errored;
    // Now, not when its event comes: the network's end, which often follows, would be taken for the cause.
    if (error) this.#fail(error);
  }

  receiveEof(): void {
    if (this.#over || this.#eofReceived) return;
    this.#eofReceived = true;
    if (this.#records !== undefined) {
      if (this.#records.receiveEof()) this.#info!.truncated = true;
      return;
    }
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
    const records = this.#records ?? this.#takeOver();
    if (records !== undefined) {
      records.write(data);
      return;
    }
    const socket = this.#socket!;
    this.#writing = true;
    if (this.#handle === undefined) socket.write(data, this.#written);
    else this.#handle.during(() => socket.write(data, this.#written));
  }

  end(): void {
    if (this.#over) return;
    const records = this.#records ?? this.#takeOver();
    // Else the socket has said goodbye: that is not undone.
    this.#capture = undefined;
    if (records !== undefined) {
      records.end();
      return;
    }
    const socket = this.#socket!;
    if (this.#handle === undefined) socket.end();
    else this.#handle.during(() => socket.end());
  }

  #giveUpCapture(): void {
    this.#capture?.forget();
    this.#capture = undefined;
  }

  destroy(): void {
    this.#over = true;
    this.#giveUpCapture();
    this.#records?.release();
    this.#records = undefined;
    this.#socket?.destroy();
    this.pipe.destroy();
  }

  /** Goes on without Node's streams, as soon as nothing is on its way through them. */
  #takeOver(): TlsRecords | undefined {
    const capture = this.#capture;
    const socket = this.#socket;
    if (capture === undefined || capture.ssl === 0 || this.#info === undefined || socket === undefined)
      return undefined;
    if (this.#writing || this.#eofReceived || this.#peerEnded || this.#handle?.idle !== true) return undefined;
    if (socket.destroyed || socket.readableLength > 0 || socket.writableLength > 0) return undefined;
    this.#records = TlsRecords.of(capture, this.#owner, this.#sessions);
    return this.#records;
  }

  #fail(error: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#owner.failed(error);
  }
}
