import type { Coroutine } from '../core/coroutine.ts';
import { Future, PENDING } from '../core/future.ts';
import type { Network } from './network.ts';

/** `connectionMade` in a turn of its own: the protocol's callbacks are not part of this task. */
export function* started(network: Network, transport: { start(): void; close(): void }): Coroutine<void> {
  const done = new Future<void>({ loop: network.scheduler });
  network.scheduler.push({
    run: () => {
      transport.start();
      settle(done, undefined);
    },
  });
  try {
    yield* done;
  } catch (error) {
    transport.close();
    throw error;
  }
}

/** Ends the wait for a connection, unless whoever waited was cancelled. */
export function settle(future: Future<void>, error: Error | undefined): void {
  if (future._state !== PENDING) return;
  if (error === undefined) future.setResult();
  else future.setException(error);
}
