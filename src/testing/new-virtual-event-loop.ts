import { RuntimeError } from '../core/errors.ts';
import { EventLoop } from '../loop/event-loop.ts';
import { VirtualHost } from './virtual-host.ts';

export interface VirtualEventLoopOptions {
  /** A program that takes more turns than this is ended with a RuntimeError; default: no limit. */
  readonly maxTurns?: number | undefined;
}

/**
 * A loop in virtual time, for `run` and `Runner`: `loop.time()` begins at 0 and jumps to the next timer when nothing is
 * ready. The scheduler is the real one; there is no network.
 *
 * Throws RangeError unless `maxTurns` is a number from 1.
 *
 * @example
 * await run(main, { loopFactory: () => newVirtualEventLoop({ maxTurns: 10_000 }) });
 */
export function newVirtualEventLoop(options: VirtualEventLoopOptions = {}): EventLoop {
  const { maxTurns = Number.POSITIVE_INFINITY } = options;
  if (!(maxTurns >= 1)) throw new RangeError(`maxTurns must be a number from 1, got ${String(maxTurns)}`);
  const runaway = (): never => {
    throw new RuntimeError(`the program is not done after ${maxTurns} turns of its loop`);
  };
  return new EventLoop(new VirtualHost(maxTurns, runaway));
}
