import type { Coroutine } from '../core/coroutine.ts';
import { CancelledError } from '../core/errors.ts';
import { Future, PENDING } from '../core/future.ts';
import type { Address } from '../io/address.ts';
import {
  Connect,
  type DatagramOptions,
  Listen,
  type ListenOptions,
  OpenDatagram,
  type Operation,
  SUBMITTED,
} from '../io/operation.ts';
import { osError } from '../io/os-error.ts';
import type { Network } from './network.ts';

/** The result of an operation that makes a socket, as a future. */
class SocketResult {
  readonly future: Future<number>;
  readonly network: Network;
  readonly syscall: string;
  readonly address: Address | undefined;

  constructor(network: Network, syscall: string, address: Address | undefined) {
    this.network = network;
    this.syscall = syscall;
    this.address = address;
    this.future = new Future<number>({ loop: network.scheduler });
  }

  end(result: number): void {
    const { future, network } = this;
    if (network.scheduler.closed) return;
    if (future._state !== PENDING) {
      // Cancelled meanwhile, and made all the same.
      if (result >= 0) network.driver.close(result);
    } else if (result < 0) {
      future.setException(osError(result, this.syscall, this.address));
    } else {
      future.setResult(result);
    }
  }

  /** Runs the operation. A cancel leaves nothing open. */
  *of(operation: Operation): Coroutine<number> {
    const { future, network } = this;
    network.driver.submit(operation);
    try {
      return yield* future;
    } catch (error) {
      if (error instanceof CancelledError) {
        if (operation.state === SUBMITTED) network.driver.cancel(operation);
        // It was made, but the cancel overtook the result.
        else if (!future.cancelled() && future.exception() === undefined) network.driver.close(future.result());
      }
      throw error;
    }
  }
}

class Connecting extends Connect {
  readonly result: SocketResult;

  constructor(result: SocketResult, localAddress: Address | undefined) {
    super();
    this.result = result;
    this.address = result.address;
    this.localAddress = localAddress;
  }

  override onEnd(result: number): void {
    this.result.end(result);
  }
}

class Listening extends Listen {
  readonly result: SocketResult;

  constructor(result: SocketResult, options: ListenOptions) {
    super();
    this.result = result;
    this.address = result.address;
    this.options = options;
  }

  override onEnd(result: number): void {
    this.result.end(result);
  }
}

class OpeningDatagram extends OpenDatagram {
  readonly result: SocketResult;

  constructor(result: SocketResult) {
    super();
    this.result = result;
  }

  override onEnd(result: number): void {
    this.result.end(result);
  }
}

/** A socket connected to `address`. Throws OSError. A cancel leaves nothing open. */
export function connectTo(network: Network, address: Address, local?: Address): Coroutine<number> {
  const result = new SocketResult(network, 'connect', address);
  return result.of(new Connecting(result, local));
}

/** A socket that listens at `address`. Throws OSError. A cancel leaves nothing open. */
export function listenAt(network: Network, address: Address, options: ListenOptions): Coroutine<number> {
  const result = new SocketResult(network, 'listen', address);
  return result.of(new Listening(result, options));
}

/** Listens on a bound socket of the system, on drivers that have no descriptors. Throws OSError. */
export function listenOn(network: Network, descriptor: number, backlog: number): Coroutine<number> {
  const result = new SocketResult(network, 'listen', undefined);
  const operation = new Listening(result, { backlog, reuseAddress: false, reusePort: false, v6Only: false });
  operation.descriptor = descriptor;
  return result.of(operation);
}

export interface DatagramAddresses {
  readonly family: Address['family'];
  readonly local: Address | undefined;
  readonly remote: Address | undefined;
}

/** A datagram socket, bound and connected as far as addresses are given. Throws OSError. A cancel leaves nothing open. */
export function openDatagram(
  network: Network,
  { family, local, remote }: DatagramAddresses,
  options: DatagramOptions,
): Coroutine<number> {
  const result = new SocketResult(network, local === undefined ? 'connect' : 'bind', local ?? remote);
  const operation = new OpeningDatagram(result);
  operation.family = family;
  operation.address = local;
  operation.peer = remote;
  operation.options = options;
  return result.of(operation);
}
