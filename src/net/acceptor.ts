import type { Scheduler } from '../core/scheduler.ts';
import type { Driver } from '../io/driver.ts';
import { ECANCELED, EMFILE, ENFILE, ENOBUFS, ENOMEM } from '../io/errno.ts';
import { Accept, IDLE, SUBMITTED } from '../io/operation.ts';
import { osError } from '../io/os-error.ts';
import { TransportSocket } from './transport-socket.ts';

/** Who takes the connections of an Acceptor. None of these may throw. */
export interface AcceptOwner {
  accepted(fd: number): void;
  report(message: string, exception: Error, acceptor: Acceptor): void;
  /** It was stopped, and its socket is closed. */
  acceptorClosed(): void;
}

/** In milliseconds, as asyncio: when the system is out of descriptors, clients wait in the backlog for so long. */
const RETRY_DELAY_MS = 1_000;

const OUT_OF_RESOURCES = new Set([-EMFILE, -ENFILE, -ENOBUFS, -ENOMEM]);

/** One listening socket of a server. */
export class Acceptor extends Accept {
  readonly socket: TransportSocket;
  private stopped = false;
  private readonly owner: AcceptOwner;
  private readonly driver: Driver;
  private readonly scheduler: Scheduler;

  constructor(owner: AcceptOwner, driver: Driver, scheduler: Scheduler, fd: number) {
    super();
    this.owner = owner;
    this.driver = driver;
    this.scheduler = scheduler;
    this.fd = fd;
    this.socket = new TransportSocket(driver, fd);
  }

  start(): void {
    if (!this.stopped && this.state === IDLE) this.driver.submit(this);
  }

  /** Accepts no more, and closes the socket as soon as the operation has ended. */
  stop(): void {
    if (this.stopped) return;
    this.stopped = true;
    if (this.state === IDLE) this.closeSocket();
    else if (this.state === SUBMITTED) this.driver.cancel(this);
  }

  override onConnection(fd: number): void {
    // It came while the cancel was under way: nobody serves it any more.
    if (this.stopped) this.driver.reset(fd);
    else this.owner.accepted(fd);
  }

  override onEnd(result: number): void {
    if (this.stopped) {
      this.closeSocket();
      return;
    }
    if (this.scheduler.closed || result === -ECANCELED) return;
    const exhausted = OUT_OF_RESOURCES.has(result);
    const message = exhausted ? 'accept: out of system resources, trying again in a second' : 'accept failed';
    this.owner.report(message, osError(result, 'accept'), this);
    this.scheduler.callAt(this.scheduler.time() + RETRY_DELAY_MS, () => this.start());
  }

  private closeSocket(): void {
    this.socket._closed();
    if (!this.scheduler.closed) this.driver.close(this.fd);
    this.owner.acceptorClosed();
  }
}
