import { addressOf, type Pinned, type Pointer, pinned } from '../ffi/libc.ts';
import { type MemoryBio, type OpenSsl, SSL_ERROR_ZERO_RETURN, SSL_READING, TLS1_3_VERSION } from '../ffi/openssl.ts';
import type { TlsEngineOwner } from '../net/tls-engine.ts';
import { RecordScanner } from './record-scanner.ts';
import type { SslCapture } from './ssl-capture.ts';
import { LONGEST_WRITE, TlsChunks } from './tls-chunks.ts';
import type { TlsSessions } from './tls-sessions.ts';

/**
 * In bytes: what is taken in before the answers to it are sent. A peer may ask for new keys with every record, and each
 * answer is as long as its question: they must not come to more than a chunk has room for.
 */
const LONGEST_TAKE = LONGEST_WRITE;
/** In bytes: up to this much is copied to memory with a known address, which costs less than asking for the address. */
const SHORT = 4096;

/** These are of all connections of the thread: each is used up before the next call. Made at the first connection. */
let incoming: MemoryBio | undefined;
let short: Pinned;
let shortBytes: Buffer;

/**
 * TLS 1.3 after the handshake, without Node's streams: its SSL is read and written by calls of OpenSSL, from and to
 * memory of ours in place of Node's. The SSL stays Node's: `release` gives back what was taken from it.
 */
export class TlsRecords {
  readonly #openSsl: OpenSsl;
  readonly #ssl: Pointer;
  readonly #owner: TlsEngineOwner;
  readonly #sessions: TlsSessions | undefined;
  /** What is no whole record yet is kept by the SSL itself: nothing stays in here after a read. */
  readonly #incoming: MemoryBio;
  readonly #scanner = new RecordScanner();
  readonly #chunks: TlsChunks;
  readonly #borrowed: Borrowed;
  #peerEnded = false;
  /** A call is under way, and whether it is to be released when that is over. */
  #busy = false;
  #releasing = false;

  /** Undefined where it is another version of TLS, or where something is still on its way through Node. */
  static of(capture: SslCapture, owner: TlsEngineOwner, sessions: TlsSessions | undefined): TlsRecords | undefined {
    const { openSsl, ssl } = capture;
    if (openSsl.version(ssl) !== TLS1_3_VERSION) return undefined;
    if (openSsl.hasPending(ssl) !== 0 || openSsl.bioPending(openSsl.getReadBio(ssl)) > 0) return undefined;
    if (openSsl.bioPending(openSsl.getWriteBio(ssl)) > 0) return undefined;
    return new TlsRecords(openSsl, ssl, owner, sessions);
  }

  private constructor(openSsl: OpenSsl, ssl: Pointer, owner: TlsEngineOwner, sessions: TlsSessions | undefined) {
    if (incoming === undefined) {
      incoming = openSsl.newMemoryBio();
      short = pinned(SHORT);
      shortBytes = Buffer.from(short.bytes.buffer);
    }
    this.#openSsl = openSsl;
    this.#ssl = ssl;
    this.#owner = owner;
    this.#sessions = sessions;
    this.#incoming = incoming;
    this.#chunks = new TlsChunks(openSsl, owner.sender);
    this.#borrowed = { openSsl, ssl, read: openSsl.getReadBio(ssl), write: openSsl.getWriteBio(ssl) };
    openSsl.upRef(ssl);
    // One reference for us, as the SSL gives up its own; and one to each of ours for the SSL.
    for (const bio of [this.#borrowed.read, this.#borrowed.write, incoming.bio, this.#chunks.outgoing.bio]) {
      openSsl.bioUpRef(bio);
    }
    openSsl.setBio(ssl, incoming.bio, this.#chunks.outgoing.bio);
    // It would call JavaScript, to count renegotiations: TLS 1.3 has none.
    openSsl.setInfoCallback(ssl, 0);
    forgotten.register(this, this.#borrowed, this);
  }

  receive(data: Uint8Array): void {
    const sessions = this.#sessions;
    this.#busy = true;
    if (sessions === undefined) this.#takeAll(data);
    else sessions.during(() => this.#takeAll(data));
    this.#notBusy();
    // The program's own function, which may throw.
    sessions?.tell();
  }

  #takeAll(data: Uint8Array): void {
    const { length } = data;
    for (let at = 0; at < length && !this.#peerEnded && !this.#releasing; at += LONGEST_TAKE) {
      this.#take(length > LONGEST_TAKE ? data.subarray(at, at + LONGEST_TAKE) : data);
    }
  }

  #take(data: Uint8Array): void {
    this.#scanner.scan(data);
    this.#incoming.use(addressIn(data), data.length, data.length);
    this.#readAll();
  }

  /** The network's stream has ended: true when the peer had not said goodbye. */
  receiveEof(): boolean {
    const truncated = !this.#peerEnded;
    if (truncated) this.#endPeer();
    return truncated;
  }

  write(data: Uint8Array): void {
    const { length } = data;
    this.#busy = true;
    let going = true;
    if (length <= SHORT) {
      short.bytes.set(data);
      going = this.#encrypt(short.address, length);
    } else {
      const address = addressOf(data);
      for (let start = 0; start < length && going; start += LONGEST_WRITE) {
        going = this.#encrypt(address + start, Math.min(LONGEST_WRITE, length - start));
      }
    }
    if (going) this.#owner.written();
    this.#notBusy();
  }

  /** Says goodbye. */
  end(): void {
    this.#busy = true;
    this.#openSsl.shutdown(this.#ssl);
    this.#chunks.send();
    this.#owner.ended();
    this.#notBusy();
  }

  /** Nothing else may be called after it. */
  release(): void {
    if (this.#busy) {
      this.#releasing = true;
      return;
    }
    forgotten.unregister(this);
    giveBack(this.#borrowed);
    this.#chunks.giveBack();
  }

  #notBusy(): void {
    this.#busy = false;
    if (this.#releasing) this.release();
  }

  #encrypt(address: Pointer, length: number): boolean {
    const result = this.#openSsl.write(this.#ssl, address, length);
    this.#chunks.send();
    if (result <= 0) this.#fail();
    return result > 0;
  }

  #readAll(): void {
    // A goodbye and an alert are told apart by whether there was an error.
    this.#openSsl.forgetErrors();
    const { data, most, whole } = this.#scanner;
    let filled = 0;
    if (most > SHORT) {
      const memory = Buffer.allocUnsafeSlow(most);
      filled = this.#readInto(addressOf(memory), most, data);
      const bytes = memory.subarray(0, filled);
      // Records may be padded: a peer must not make us keep much memory for little data.
      if (filled > 0) this.#owner.plaintext(filled < most / 2 ? Buffer.from(bytes) : bytes);
    } else if (most > 0) {
      filled = this.#readInto(short.address, most, data);
      if (filled > 0) this.#owner.plaintext(Buffer.from(shortBytes.subarray(0, filled)));
    }
    // Usually there is nothing else, nor anything to be kept of a record that is not complete.
    if (filled !== data || !whole) this.#readOn();
  }

  /** Until there is no room or `wanted` bytes are there, or no more come; returns how many there are. */
  #readInto(address: Pointer, room: number, wanted: number): number {
    const { read } = this.#openSsl;
    let filled = 0;
    while (filled < room && filled !== wanted) {
      const count = read(this.#ssl, address + filled, room - filled);
      if (count <= 0) break;
      filled += count;
    }
    return filled;
  }

  /** Until the SSL has taken everything in, and tells what was no data. */
  #readOn(): void {
    for (;;) {
      const count = this.#readInto(short.address, SHORT, SHORT);
      if (count > 0) this.#owner.plaintext(Buffer.from(shortBytes.subarray(0, count)));
      if (count < SHORT) break;
    }
    // An alert, or the answer to what is no data.
    this.#chunks.send();
    if (this.#openSsl.want(this.#ssl) === SSL_READING) return;
    if (this.#openSsl.getError(this.#ssl, 0) === SSL_ERROR_ZERO_RETURN) this.#endPeer();
    else this.#fail();
  }

  #endPeer(): void {
    this.#peerEnded = true;
    this.#owner.peerEnded();
  }

  #fail(): void {
    this.#peerEnded = true;
    const { text, reason } = this.#openSsl.firstError();
    this.#openSsl.forgetErrors();
    // As Node names them.
    const code = `ERR_SSL_${reason.toUpperCase().replaceAll(' ', '_')}`;
    this.#owner.failed(Object.assign(new Error(text), { code, reason }));
  }
}

/** What is Node's and was put aside. */
interface Borrowed {
  readonly openSsl: OpenSsl;
  readonly ssl: Pointer;
  readonly read: Pointer;
  readonly write: Pointer;
}

function giveBack({ openSsl, ssl, read, write }: Borrowed): void {
  openSsl.setBio(ssl, read, write);
  openSsl.free(ssl);
}

/** Connections that were open when their loop was closed. */
const forgotten = new FinalizationRegistry(giveBack);

let lastBuffer: ArrayBufferLike | undefined;
let lastAddress: Pointer = 0;

/** The address of memory that mostly is in the same buffer as the last time: asking for it costs as much as a call. */
function addressIn(data: Uint8Array): Pointer {
  const { buffer } = data;
  if (buffer !== lastBuffer) {
    lastBuffer = buffer;
    lastAddress = addressOf(new Uint8Array(buffer));
  }
  return lastAddress + data.byteOffset;
}
