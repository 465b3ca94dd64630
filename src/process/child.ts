import type { Transport } from '../net/transport.ts';
import type { PipeOwner } from './pipe-protocol.ts';

/** Our end of a pipe to a child. */
export interface ChildPipe extends Transport {
  start(): void;
}

/** A child that runs, whoever has started it: Node (`node-child.ts`) or we ourselves (`own-child.ts`). */
export interface Child {
  readonly pid: number;
  /** What programs get as `subprocess`. */
  readonly subprocess: object;
  /** Its pipes, by the child's descriptors, not started. Called once. */
  pipes(owner: PipeOwner): Map<number, ChildPipe>;
  /** `ended` is called once, at whatever time, with the returncode. */
  onExit(ended: (returncode: number) => void): void;
  /** Nothing when it has ended and `ended` is still to be called. 0 or `-errno`. */
  kill(signal: number): number;
  /** The child's loop has stopped, or runs again. */
  loopRuns(runs: boolean): void;
}
