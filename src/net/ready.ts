import type { Coroutine } from '../core/coroutine.ts';
import { Future, PENDING } from '../core/future.ts';
import type { DescriptorCalls } from '../io/descriptor-calls.ts';
import { ECANCELED, ENOTSUP } from '../io/errno.ts';
import { Poll, SUBMITTED } from '../io/operation.ts';
import { osError } from '../io/os-error.ts';
import type { Network } from './network.ts';

/** The system's calls. Throws OSError ENOTSUP on the node driver, which has no descriptors of the system. */
export function descriptorsOf({ driver }: Network, what: string): DescriptorCalls {
  if (driver.descriptors !== undefined) return driver.descriptors;
  const error = osError(-ENOTSUP, what);
  error.message += `: the ${driver.name} driver has no file descriptors, io_uring and epoll have`;
  throw error;
}

/** Someone waits until a descriptor is ready. Nothing is taken from it meanwhile: a cancelled wait has lost no byte. */
export class ReadyWait extends Poll {
  readonly #network: Network;
  readonly #future: Future<number>;

  constructor(network: Network, fd: number, events: number) {
    super();
    this.#network = network;
    this.#future = new Future<number>({ loop: network.scheduler });
    this.fd = fd;
    this.events = events;
  }

  /** Throws OSError for a descriptor that cannot be waited for. */
  *wait(): Coroutine<void> {
    const { driver } = this.#network;
    driver.submit(this);
    try {
      yield* this.#future;
    } finally {
      if (this.state === SUBMITTED) driver.cancel(this);
    }
  }

  /** The descriptor is about to be closed. */
  fail(error: Error): void {
    if (this.state === SUBMITTED) this.#network.driver.cancel(this);
    if (this.#future._state === PENDING) this.#future.setException(error);
  }

  override onEnd(result: number): void {
    const future = this.#future;
    if (this.#network.scheduler.closed || future._state !== PENDING || result === -ECANCELED) return;
    if (result < 0) future.setException(osError(result, 'poll'));
    else future.setResult(result);
  }
}
