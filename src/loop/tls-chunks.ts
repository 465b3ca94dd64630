import { type Pinned, pinned } from '../ffi/libc.ts';
import type { MemoryBio, OpenSsl } from '../ffi/openssl.ts';
import { COPY_LIMIT } from '../io/operation.ts';
import type { TlsEngineSender } from '../net/tls-engine.ts';

/** In bytes: what is encrypted at once. */
export const LONGEST_WRITE = 64 * 1024;
/**
 * In bytes: more than what can become of that, and of an answer to a change of keys. The shortest records that can be
 * agreed upon carry 512 bytes, with 22 around them; the last may be filled up to that size.
 */
const CHUNK_LENGTH = 80 * 1024;
/** Chunks that are kept for later: what 256 connections have under way at once. */
const MOST_KEPT = 256;

/** A stack: the chunk that was used last is still in the processor's cache. */
const kept: Pinned[] = [];
/** Of all connections of the thread, and empty unless one of them is encrypting right now. */
let outgoing: MemoryBio | undefined;
/** What is encrypted next goes here. */
let current: Pinned;

/** A chunk that the transport below may not have sent yet. */
interface Lent {
  readonly chunk: Pinned;
  /** In bytes: how much was sent, ever, when all of the chunk is. */
  readonly end: number;
}

/**
 * Memory for one connection's ciphertext. The transport below copies short data and keeps longer data as it is until it
 * is sent: that is known by how much of everything is unsent, and then the memory is used again, by any connection.
 */
export class TlsChunks {
  /** The SSL's, for what it writes. */
  readonly outgoing: MemoryBio;
  readonly #sender: TlsEngineSender;
  readonly #lent: Lent[] = [];
  /** In bytes: what was given to the transport, ever. */
  #given = 0;

  constructor(openSsl: OpenSsl, sender: TlsEngineSender) {
    this.#sender = sender;
    if (outgoing === undefined) {
      outgoing = openSsl.newMemoryBio();
      exchange(outgoing);
    }
    this.outgoing = outgoing;
  }

  /** Sends what the SSL has written. */
  send(): void {
    const { written } = this.outgoing;
    if (written === 0) return;
    if (this.#lent.length > 0) this.#takeBack();
    // Before it is sent: the transport below may speak TLS itself.
    const chunk = exchange(this.outgoing);
    this.#given += written;
    this.#sender.now(chunk.bytes.subarray(0, written));
    if (written > COPY_LIMIT) this.#lent.push({ chunk, end: this.#given });
    else keep(chunk);
  }

  /** The transport below is gone. */
  giveBack(): void {
    for (const { chunk } of this.#lent) keep(chunk);
    this.#lent.length = 0;
  }

  #takeBack(): void {
    const lent = this.#lent;
    const sent = this.#given - this.#sender.unsent;
    while (lent.length > 0 && lent[0]!.end <= sent) keep(lent.shift()!.chunk);
  }
}

/** Puts an empty chunk in the place of the current one, and gives that. */
function exchange(bio: MemoryBio): Pinned {
  const before = current;
  current = kept.pop() ?? pinned(CHUNK_LENGTH);
  bio.use(current.address, 0, CHUNK_LENGTH);
  return before;
}

function keep(chunk: Pinned): void {
  if (kept.length < MOST_KEPT) kept.push(chunk);
}
