import type { Stats } from 'node:fs';
import type { Pending } from './pending.ts';

/** What a call ends with that was stopped before it did anything. */
export const STOPPED = -1;

/** Takes what was read, before its Pending is over. `own`: that memory is nobody else's, now or later. */
export type Arrived = (memory: Buffer, start: number, end: number, own: boolean) => void;

/**
 * The system's calls on one open file, by io_uring or by Node. Each goes on whatever becomes of its caller, and may have
 * others beside it. Positions: -1 is where the descriptor itself is, which moves on. Errors are FileErrors.
 */
export interface FileCalls {
  readonly fd: number;
  readonly path: string;
  /** False for pipes and terminals, which have no positions. */
  readonly seekable: boolean;
  /** A call that waits for a pipe or terminal can be stopped. */
  readonly stoppable: boolean;
  /** The size when it was opened. */
  readonly size: number;
  /** In bytes: the most that one read gives. */
  readonly largestRead: number;
  /** Ends with the number of bytes, 0 at the end of the file, or STOPPED. */
  read(length: number, position: number, arrived: Arrived): Pending<number>;
  /** Ends with the number of bytes, which may be fewer, or STOPPED. */
  write(data: Uint8Array, position: number): Pending<number>;
  sync(): Pending<number>;
  truncate(size: number): Pending<number>;
  stat(): Pending<Stats>;
  /** Where the descriptor itself is, after an appending write: the end of the file. */
  endOfAppended(): Pending<number>;
  /** When all else is over. What waits for a pipe or terminal is stopped, where that can be done. */
  close(): Pending<number>;
}
