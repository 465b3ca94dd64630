import { WriteQueue } from './write-queue.ts';

/** In bytes: what is given to the engine at once. It encrypts so much in one go, and then it is in the raw transport's buffer. */
const PIECE = 64 * 1024;

export interface TlsOutboxOwner {
  /** The engine has been given something, and has not called `written` yet; or that is over. */
  engineBusy(busy: boolean): void;
  /** The engine may be given something: the handshake is over, and the raw transport has not got enough. */
  readonly hasRoom: boolean;
  encrypt(data: Uint8Array): void;
  sayGoodbye(): void;
}

/**
 * Plaintext on its way to the engine.
 *
 * Invariant: nothing waits in `queue` unless the engine is busy, or there is no room.
 */
export class TlsOutbox {
  private readonly queue = new WriteQueue();
  private readonly owner: TlsOutboxOwner;
  private busy = false;
  /** In bytes: of what the engine was given last, about how much it has not given back yet. */
  private inside = 0;
  private ending = false;
  private endAsked = false;

  constructor(owner: TlsOutboxOwner) {
    this.owner = owner;
  }

  /** In bytes: what is not encrypted yet. */
  get size(): number {
    return this.queue.size + this.inside;
  }

  write(data: Uint8Array): void {
    for (let start = 0; start < data.length; start += PIECE) {
      const piece = data.length <= PIECE ? data : data.subarray(start, start + PIECE);
      if (this.queue.size === 0 && !this.busy && this.owner.hasRoom) this.give(piece);
      else this.queue.push(piece);
    }
  }

  /** The goodbye follows what was written. */
  end(): void {
    this.ending = true;
    this.pump();
  }

  /** Something may go on. */
  pump(): void {
    while (this.queue.size > 0 && !this.busy && this.owner.hasRoom) this.give(this.queue.shift());
    if (!this.ending || this.endAsked || this.busy || this.queue.size > 0 || !this.owner.hasRoom) return;
    this.endAsked = true;
    this.owner.sayGoodbye();
  }

  /** So much ciphertext has come of it. */
  encrypted(count: number): void {
    this.inside = Math.max(0, this.inside - count);
  }

  /** The engine can take more. */
  written(): void {
    this.setBusy(false);
    this.inside = 0;
    this.pump();
  }

  /** What was not sent never will be. */
  stop(): void {
    this.queue.clear();
    this.setBusy(false);
    this.inside = 0;
  }

  private setBusy(busy: boolean): void {
    if (this.busy === busy) return;
    this.busy = busy;
    this.owner.engineBusy(busy);
  }

  private give(data: Uint8Array): void {
    this.setBusy(true);
    this.inside = data.length;
    this.owner.encrypt(data);
  }
}
