/** Bytes that tell where they come from: every transfer is a stretch of one random block, so each end knows what to expect. */
import assert from 'node:assert/strict';
import { createHash, type Hash } from 'node:crypto';
import { Random } from '../differential/generate/random.ts';

/** In bytes. A prime: no stretch looks like another one that is shifted by the size of a page, a buffer or a record. */
const BLOCK_LENGTH = 1_000_003;
export const DIGEST_LENGTH = 32;

/** Filled once; nothing writes to it afterwards, so pieces of it can be sent as they are. */
const block = makeBlock();

function makeBlock(): Buffer {
  const random = new Random(1);
  const words = new Uint32Array(Math.ceil(BLOCK_LENGTH / 4));
  for (let i = 0; i < words.length; i++) words[i] = random.below(0x1_0000_0000);
  return Buffer.from(words.buffer, 0, BLOCK_LENGTH);
}

/** The stretch from `offset` on; no longer than `length`, and shorter where the block begins anew. */
export function stretch(offset: number, length: number): Buffer {
  const start = offset % BLOCK_LENGTH;
  return block.subarray(start, start + length);
}

/** Checks what arrives against the stretch that begins at `offset`, byte for byte, and hashes it. */
export class Checker {
  received = 0;
  readonly #offset: number;
  readonly #hash: Hash = createHash('sha256');

  constructor(offset: number) {
    this.#offset = offset;
  }

  take(data: Uint8Array): void {
    this.#hash.update(data);
    for (let at = 0; at < data.length; ) {
      const expected = stretch(this.#offset + this.received, data.length - at);
      const piece = data.subarray(at, at + expected.length);
      if (expected.compare(piece) !== 0) {
        const bad = piece.findIndex((byte, i) => byte !== expected[i]);
        assert.fail(`byte ${this.received + bad} of the transfer from ${this.#offset} is wrong`);
      }
      at += piece.length;
      this.received += piece.length;
    }
  }

  digest(): Buffer {
    return this.#hash.digest();
  }
}
