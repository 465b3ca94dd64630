import type { Coroutine } from '../core/coroutine.ts';

/** Reads files; given to the network layer from above, as files are Node's. */
export interface FileReader {
  /** Fills `into` from that position of the file on; how many bytes there were, 0 at its end. Throws OSError. */
  read(fd: number, into: Uint8Array, position: number): Coroutine<number>;
}
