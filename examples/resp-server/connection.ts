import { BufferedProtocol, type Transport } from 'tsyncio';
import { CommandReader, ProtocolError } from './command-reader.ts';
import { answer } from './commands.ts';
import { failure } from './reply.ts';
import type { Store } from './store.ts';

const isQuit = (name: string): boolean => name.length === 4 && name.toUpperCase() === 'QUIT';

/** One client. The commands are read where their bytes arrived; only what is kept is copied. */
export class Connection extends BufferedProtocol {
  readonly #store: Store;
  readonly #reader = new CommandReader();
  #transport!: Transport;

  constructor(store: Store) {
    super();
    this.#store = store;
  }

  override connectionMade(transport: Transport): void {
    this.#transport = transport;
  }

  getBuffer(): Uint8Array {
    return this.#reader.room();
  }

  bufferUpdated(count: number): void {
    this.#reader.filled(count);
    const { replies, over } = this.#answerAll();
    // Latin-1 is bytes as characters, one for one: values may hold anything.
    if (replies !== '') this.#transport.write(Buffer.from(replies, 'latin1'));
    if (over) this.#transport.close();
  }

  #answerAll(): { readonly replies: string; readonly over: boolean } {
    let replies = '';
    try {
      for (;;) {
        const words = this.#reader.next();
        if (words === undefined) return { replies, over: false };
        if (words.length === 0) continue;
        replies += answer(this.#store, words);
        if (isQuit(words[0]!)) return { replies, over: true };
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return { replies: replies + failure(`ERR Protocol error: ${error.message}`), over: true };
    }
  }

  // Whoever sends commands and does not take the answers is not listened to.
  override pauseWriting(): void {
    this.#transport.pauseReading();
  }

  override resumeWriting(): void {
    this.#transport.resumeReading();
  }
}
