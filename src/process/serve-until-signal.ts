import type { Coroutine } from '../core/coroutine.ts';
import { createTaskOn } from '../core/ensure-future.ts';
import { Future, PENDING } from '../core/future.ts';
import { checkTime, runningScheduler, type Scheduler } from '../core/scheduler.ts';
import { FIRST_COMPLETED, wait } from '../structured/wait.ts';
import type { LoopSignals } from './signals.ts';

/** In milliseconds: most supervisors send SIGKILL 10 to 90 seconds after SIGTERM. */
const DEFAULT_GRACE_MS = 8_000;

/** The part of a `Server` that is needed here. */
export interface Stoppable {
  startServing(): Coroutine<void>;
  close(): void;
  abortClients(): void;
  waitClosed(): Coroutine<void>;
}

export interface ServeUntilSignalOptions {
  /** What ends it. Default: SIGTERM and SIGINT. */
  readonly signals?: readonly NodeJS.Signals[] | undefined;
  /** In milliseconds: how long open connections get to end by themselves. Default 8,000. */
  readonly grace?: number | undefined;
  /** Called at the first signal, when no more connections are accepted: tell those that are open to come to an end. */
  readonly onSignal?: ((signal: NodeJS.Signals) => void) | undefined;
}

/**
 * Serves until the process is told to end (SIGTERM, or Ctrl-C), and then ends in order: accepts no more connections,
 * waits until those that are open have ended, and breaks off what is left after `grace` milliseconds, or at a second
 * signal. Gives the first signal. When it is cancelled it closes the server at once.
 *
 * Throws RuntimeError when the server is closed or outside of the main thread, RangeError for what is no signal.
 *
 * @example
 * const server = yield* startServer(serve, { host: '127.0.0.1', port: 8888 });
 * const signal = yield* serveUntilSignal(server, { grace: 5_000 });
 */
export function* serveUntilSignal(server: Stoppable, options: ServeUntilSignalOptions = {}): Coroutine<NodeJS.Signals> {
  const { signals = ['SIGTERM', 'SIGINT'], grace = DEFAULT_GRACE_MS, onSignal } = options;
  checkTime(grace, 'serveUntilSignal: grace');
  const scheduler = runningScheduler();
  const handlers = (scheduler.loop as { readonly signals: LoopSignals }).signals;
  const first = new Future<NodeJS.Signals>({ loop: scheduler });
  const second = new Future<void>({ loop: scheduler });
  const arrived = (signal: NodeJS.Signals): void => {
    if (first._state === PENDING) first.setResult(signal);
    else if (second._state === PENDING) second.setResult();
  };
  try {
    for (const signal of signals) handlers.add(signal, () => arrived(signal));
    yield* server.startServing();
    const signal = yield* first;
    server.close();
    onSignal?.(signal);
    yield* endWithin(server, second, grace, scheduler);
    return signal;
  } finally {
    for (const signal of signals) handlers.remove(signal);
    server.close();
    second.cancel();
  }
}

/** Waits for the last connection; breaks them off when the time is up, or when `hurry` is done. */
function* endWithin(server: Stoppable, hurry: Future<void>, grace: number, scheduler: Scheduler): Coroutine<void> {
  const closed = createTaskOn(scheduler, server.waitClosed());
  try {
    yield* wait([closed, hurry], { timeout: grace, returnWhen: FIRST_COMPLETED });
    if (!closed.done()) server.abortClients();
    yield* closed;
  } finally {
    closed.cancel();
  }
}
