import { type Context, copyContext, enterContext, leaveContext } from '../core/context.ts';
import type { DescriptorCalls, DescriptorKind } from '../io/descriptor-calls.ts';
import { ECANCELED } from '../io/errno.ts';
import { IDLE, Poll, SUBMITTED } from '../io/operation.ts';
import { OSError, osError } from '../io/os-error.ts';
import { checkInteger } from './check.ts';
import type { BaseProtocol, BaseTransport } from './endpoint.ts';
import type { Network } from './network.ts';
import { descriptorsOf } from './ready.ts';
import { Socket } from './socket.ts';

/** The descriptor of a pipe, terminal or other character device, or a connected socket. */
export type PipeLike = number | Socket;

/** Is told again and again while a descriptor is ready, as long as that is wanted. */
export class Readiness extends Poll {
  wanted = false;
  private readonly pipe: PipeEnd;
  private readonly onReady: () => void;

  constructor(pipe: PipeEnd, events: number, onReady: () => void) {
    super();
    this.pipe = pipe;
    this.fd = pipe.fd;
    this.events = events;
    this.onReady = onReady;
  }

  want(wanted: boolean): void {
    this.wanted = wanted;
    const { driver } = this.pipe.network;
    if (wanted && this.state === IDLE) driver.submit(this);
    else if (!wanted && this.state === SUBMITTED) driver.cancel(this);
  }

  override onEnd(result: number): void {
    const { pipe } = this;
    if (pipe.network.scheduler.closed) return;
    if (this.wanted) {
      if (result >= 0) this.onReady();
      else if (result !== -ECANCELED) pipe.lose(osError(result, 'poll'));
    }
    if (this.wanted && this.state === IDLE) pipe.network.driver.submit(this);
    pipe.release();
  }
}

/** A descriptor of a transport's own, and its end. */
export class PipeEnd {
  readonly network: Network;
  readonly calls: DescriptorCalls;
  readonly fd: number;
  readonly kind: DescriptorKind;
  lost = false;
  released = false;
  protocol: BaseProtocol;
  readonly waits: Readiness[] = [];
  /** The protocol is to hear of the end as soon as the descriptor is closed. */
  private awaited = false;
  private error: Error | undefined = undefined;
  private readonly context: Context = copyContext();
  private readonly transport: BaseTransport;

  constructor(network: Network, fd: number, protocol: BaseProtocol, transport: BaseTransport) {
    this.network = network;
    this.calls = descriptorsOf(network, 'pipe');
    this.fd = fd;
    this.kind = this.calls.kindOf(fd);
    this.protocol = protocol;
    this.transport = transport;
  }

  readiness(events: number, onReady: () => void): Readiness {
    const wait = new Readiness(this, events, onReady);
    this.waits.push(wait);
    return wait;
  }

  /** Nothing more is read or written. The first cause counts. */
  lose(error: Error | undefined): void {
    if (this.lost) return;
    this.lost = true;
    this.error = error;
    for (const wait of this.waits) wait.want(false);
    // Mostly the descriptor is closed before the next turn. Asked for only then, the protocol would hear of it behind
    // those who have written and drain meanwhile.
    this.network.scheduler.callSoon(() => this.over(), this.context);
    this.release();
  }

  /** Closes the descriptor, as soon as nothing waits for it. */
  release(): void {
    if (!this.lost || this.released || this.waits.some((wait) => wait.state !== IDLE)) return;
    this.released = true;
    this.network.driver.close(this.fd);
    if (this.awaited) this.network.scheduler.callSoon(() => this.over(), this.context);
  }

  private over(): void {
    this.awaited = !this.released;
    if (this.released) this.protocol.connectionLost(this.error);
  }

  /** Calls the protocol in its own context. A mistake in there ends the transport where `fatal`. */
  tell(method: string, call: () => void, fatal: boolean): void {
    const previous = enterContext(this.context);
    try {
      this.guard(method, call, fatal);
    } finally {
      leaveContext(this.context, previous);
    }
  }

  guard(method: string, call: () => void, fatal: boolean): void {
    try {
      call();
    } catch (exception) {
      const { transport, protocol } = this;
      if (!(fatal && exception instanceof OSError)) {
        const message = fatal ? `Fatal error: protocol.${method}() call failed.` : `protocol.${method}() failed`;
        this.network.scheduler.report({ message, exception, transport, protocol });
      }
      if (fatal) this.lose(exception instanceof Error ? exception : new Error(String(exception)));
    }
  }

  get state(): string {
    return this.released ? 'closed' : this.lost ? 'closing' : 'open';
  }
}

/** The descriptor, from now on the driver's. Throws RangeError for what cannot be waited for, as files of a disk. */
export function takePipe(network: Network, given: PipeLike, what: string): number {
  const calls = descriptorsOf(network, what);
  const isSocket = given instanceof Socket;
  const fd: unknown = isSocket ? given._open(what) : given;
  checkInteger(fd, `${what}: the descriptor`, 0);
  if (calls.kindOf(fd) === 'other') {
    throw new RangeError(`${what}: descriptor ${fd} is no pipe, socket or terminal`);
  }
  const result = calls.setNonBlocking(fd);
  if (result < 0) throw osError(result, 'fcntl');
  if (isSocket) given.detach();
  network.driver.adopt?.(fd);
  return fd;
}
