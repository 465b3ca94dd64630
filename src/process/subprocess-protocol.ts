import { BaseProtocol, BaseTransport } from '../net/endpoint.ts';
import type { Transport } from '../net/transport.ts';

/** A child process as a protocol sees it: asyncio's SubprocessTransport. */
export abstract class SubprocessTransport extends BaseTransport {
  abstract getPid(): number;
  /** Undefined while it runs; the exit code, or the negative number of the signal that ended it. */
  abstract getReturncode(): number | undefined;
  /** The transport of its descriptor 0, 1 or 2; undefined where that is no pipe. */
  abstract getPipeTransport(fd: number): Transport | undefined;
  /** Throws OSError (ESRCH) when it has ended, RangeError for what is no signal. */
  abstract sendSignal(signal: NodeJS.Signals | number): void;
  /** Asks it to end: SIGTERM. */
  abstract terminate(): void;
  /** Ends it: SIGKILL. */
  abstract kill(): void;
  /** Closes the pipes, and kills the child if it still runs. */
  abstract override close(): void;
}

/**
 * What a child process says and how it ends: asyncio's SubprocessProtocol.
 *
 * connectionMade → (pipeDataReceived | pipeConnectionLost | processExited)* → connectionLost
 *
 * `processExited` may come before the last of what the child has written; `connectionLost` comes after everything.
 */
export class SubprocessProtocol extends BaseProtocol {
  /** The child has written `data` to its descriptor `fd` (1 or 2). The buffer is yours. */
  pipeDataReceived(_fd: number, _data: Buffer): void {}
  /** A pipe was closed, by either side. */
  pipeConnectionLost(_fd: number, _error: Error | undefined): void {}
  /** The child has ended. */
  processExited(): void {}
}
