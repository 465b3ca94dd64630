import type { AbstractEventLoop } from '../core/abstract-loop.ts';
import { type Context, copyContext } from '../core/context.ts';
import type { Coroutine } from '../core/coroutine.ts';
import { CancelledError, RuntimeError } from '../core/errors.ts';
import { Future } from '../core/future.ts';
import { inspectCustom } from '../core/inspect.ts';
import type { Address, InetAddress } from '../io/address.ts';
import { type AcceptOwner, Acceptor } from './acceptor.ts';
import { makeProtocol } from './make-protocol.ts';
import type { Network } from './network.ts';
import type { BufferedProtocol, Protocol } from './protocol.ts';
import type { StreamTransport, TransportOwner } from './stream-transport.ts';
import type { Transport } from './transport.ts';
import type { TransportSocket } from './transport-socket.ts';
import { Waiters } from './waiters.ts';

/** Makes what is to be started for an accepted connection. */
export type MakeTransport = (
  network: Network,
  fd: number,
  protocol: Protocol | BufferedProtocol,
  owner: TransportOwner,
  context: Context,
) => StreamTransport;

export interface ServerParts {
  /** Given by who makes servers: so those who only know a server need not load the transports. */
  readonly makeTransport: MakeTransport;
  /** Removes what the server leaves in the file system; called when it closes. */
  readonly cleanUp?: (() => void) | undefined;
}

/**
 * Listening sockets and the connections that came of them. Made by `startServer` and `loop.createServer`.
 *
 * @example
 * const server = yield* startServer(serve, { host: '127.0.0.1', port: 8888 });
 * yield* asyncWith(server, function* () { yield* server.serveForever(); });
 */
export class Server<A extends Address = InetAddress> implements TransportOwner, AcceptOwner {
  readonly #network: Network;
  readonly #protocolFactory: () => Protocol | BufferedProtocol;
  readonly #transports = new Set<Transport>();
  readonly #waiters: Waiters;
  /** Connections are served in copies of the context in which the server was made. */
  readonly #context: Context;
  readonly #cleanUp: (() => void) | undefined;
  readonly #makeTransport: MakeTransport;
  #acceptors: readonly Acceptor[];
  /** Acceptors whose sockets are not closed yet. */
  #openAcceptors: number;
  #serving = false;
  #closed = false;
  #serveForever: Future<void> | undefined = undefined;

  /** Takes over the listening sockets. @internal */
  constructor(
    network: Network,
    fds: readonly number[],
    protocolFactory: () => Protocol | BufferedProtocol,
    { cleanUp, makeTransport }: ServerParts,
  ) {
    this.#network = network;
    this.#protocolFactory = protocolFactory;
    this.#waiters = new Waiters(network.scheduler);
    this.#context = copyContext();
    this.#cleanUp = cleanUp;
    this.#makeTransport = makeTransport;
    this.#acceptors = fds.map((fd) => new Acceptor(this, network.driver, network.scheduler, fd));
    this.#openAcceptors = fds.length;
  }

  /** The listening sockets; none once it is closed. */
  get sockets(): readonly TransportSocket<A>[] {
    return this.#closed
      ? []
      : this.#acceptors.map(({ socket }) => socket as TransportSocket<Address> as TransportSocket<A>);
  }

  getLoop(): AbstractEventLoop {
    return this.#network.scheduler.loop as AbstractEventLoop;
  }

  /** True while new connections are accepted. */
  isServing(): boolean {
    return this.#serving;
  }

  /** Begins to accept; no effect when it does already. Throws RuntimeError when it is closed. */
  *startServing(): Coroutine<void> {
    this._start();
  }

  /** @internal */
  _start(): void {
    if (this.#closed) throw new RuntimeError('the server is closed');
    if (this.#serving) return;
    this.#serving = true;
    for (const acceptor of this.#acceptors) acceptor.start();
  }

  /** Accepts until cancelled, then closes the server. Throws RuntimeError when it is closed, or awaited twice. */
  *serveForever(): Coroutine<never> {
    if (this.#serveForever !== undefined) throw new RuntimeError('serveForever() is being awaited already');
    this._start();
    const future = new Future<void>({ loop: this.#network.scheduler });
    this.#serveForever = future;
    try {
      yield* future;
      throw new RuntimeError('serveForever() ended without being cancelled');
    } catch (error) {
      if (error instanceof CancelledError) {
        this.close();
        yield* this.waitClosed();
      }
      throw error;
    } finally {
      this.#serveForever = undefined;
    }
  }

  /** Accepts no more; connections go on. A `serveForever` is cancelled. May be called twice. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#serving = false;
    this.#cleanUp?.();
    for (const acceptor of this.#acceptors) acceptor.stop();
    this.#serveForever?.cancel();
    this.#wakeIfOver();
  }

  /** Closes every connection, after what is buffered has been sent. */
  closeClients(): void {
    for (const transport of [...this.#transports]) transport.close();
  }

  /** Closes every connection at once, with a reset. */
  abortClients(): void {
    for (const transport of [...this.#transports]) transport.abort();
  }

  /** Waits until the server is closed and its last connection is over. */
  *waitClosed(): Coroutine<void> {
    while (!this.#over) yield* this.#waiters.wait();
  }

  *enter(): Coroutine<this> {
    return this;
  }

  /** Leaving `asyncWith` closes the server and waits for it. */
  *exit(_error: unknown): Coroutine<void> {
    this.close();
    yield* this.waitClosed();
  }

  /** @internal */
  attach(transport: Transport): void {
    this.#transports.add(transport);
  }

  /** @internal */
  detach(transport: Transport): void {
    this.#transports.delete(transport);
    this.#wakeIfOver();
  }

  /** @internal */
  accepted(fd: number): void {
    const network = this.#network;
    const context = this.#context.copy();
    let transport: StreamTransport;
    try {
      const protocol = context.run(() => makeProtocol(this.#protocolFactory));
      transport = this.#makeTransport(network, fd, protocol, this, context);
    } catch (exception) {
      network.driver.close(fd);
      network.scheduler.report({ message: 'Error on transport creation for incoming connection', exception });
      return;
    }
    transport.start();
  }

  /** @internal */
  report(message: string, exception: Error, acceptor: Acceptor): void {
    this.#network.scheduler.report({ message: `${message} (${acceptor.socket})`, exception });
  }

  /** @internal */
  acceptorClosed(): void {
    this.#openAcceptors -= 1;
    this.#wakeIfOver();
  }

  get #over(): boolean {
    return this.#closed && this.#openAcceptors === 0 && this.#transports.size === 0;
  }

  #wakeIfOver(): void {
    if (this.#over) this.#waiters.wake();
  }

  toString(): string {
    const state = this.#closed ? 'closed' : this.#serving ? 'serving' : 'not serving';
    return `<Server ${state} connections=${this.#transports.size}>`;
  }

  [inspectCustom](): string {
    return this.toString();
  }
}
