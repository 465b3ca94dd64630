import { inspectCustom } from '../core/inspect.ts';
import type { Address, InetAddress } from '../io/address.ts';
import type { Driver } from '../io/driver.ts';

/** What may be known about a transport's or server's socket: asyncio's TransportSocket. */
export class TransportSocket<A extends Address = InetAddress> {
  readonly #driver: Driver;
  #fd: number;

  /** @internal */
  constructor(driver: Driver, fd: number) {
    this.#driver = driver;
    this.#fd = fd;
  }

  /** The descriptor; -1 once it is closed. */
  fileno(): number {
    return this.#fd;
  }

  /** Our end's address. Throws OSError. */
  getsockname(): A {
    return this.#driver.localAddress(this.#fd) as A;
  }

  /** The peer's address. Throws OSError, ENOTCONN when there is none. */
  getpeername(): A {
    return this.#driver.peerAddress(this.#fd) as A;
  }

  /** The descriptor is closed, and its number may soon be another's. @internal */
  _closed(): void {
    this.#fd = -1;
  }

  toString(): string {
    return `<TransportSocket fd=${this.#fd}>`;
  }

  [inspectCustom](): string {
    return this.toString();
  }
}
