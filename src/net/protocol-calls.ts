import { type Context, enterContext, leaveContext } from '../core/context.ts';
import { describeValue } from '../core/coroutine.ts';
import type { Scheduler } from '../core/scheduler.ts';
import { OSError } from '../io/os-error.ts';
import { BaseProtocol } from './endpoint.ts';
import { feedBuffered, lastCalled } from './feed-buffered.ts';
import { BufferedProtocol, type Protocol } from './protocol.ts';
import type { Transport } from './transport.ts';

export type StreamProtocol = Protocol | BufferedProtocol;

/** Calls a protocol, in the connection's context. What it throws is reported; where that is fatal, it is returned too. */
export class ProtocolCalls {
  protocol: StreamProtocol;
  /** Of the protocol: it copies what it is given into memory of its own. */
  buffered: boolean;
  readonly #transport: Transport;
  readonly #scheduler: Scheduler;
  readonly #context: Context;

  constructor(transport: Transport, scheduler: Scheduler, protocol: StreamProtocol, context: Context) {
    this.protocol = protocol;
    this.buffered = protocol instanceof BufferedProtocol;
    this.#transport = transport;
    this.#scheduler = scheduler;
    this.#context = context;
  }

  setProtocol(protocol: BaseProtocol): void {
    if (!(protocol instanceof BaseProtocol)) {
      throw new TypeError(`setProtocol expects a protocol, got ${describeValue(protocol)}`);
    }
    this.protocol = protocol as StreamProtocol;
    this.buffered = protocol instanceof BufferedProtocol;
  }

  connectionMade(): void {
    this.inContext(() => this.#guarded('connectionMade', () => this.protocol.connectionMade(this.#transport)));
  }

  connectionLost(error: Error | undefined): void {
    this.inContext(() => this.#guarded('connectionLost', () => this.protocol.connectionLost(error)));
  }

  /** From inside of the protocol's own call of `write`: in whatever context it is. */
  pauseWriting(): void {
    this.#guarded('pauseWriting', () => this.protocol.pauseWriting());
  }

  resumeWriting(): void {
    this.inContext(() => this.#guarded('resumeWriting', () => this.protocol.resumeWriting()));
  }

  /** Without a closure, since this is done for each piece of data. */
  data(data: Buffer): Error | undefined {
    const { protocol, buffered } = this;
    const context = this.#context;
    const previous = enterContext(context);
    try {
      if (buffered) feedBuffered(protocol as BufferedProtocol, data);
      else (protocol as Protocol).dataReceived(data);
    } catch (error) {
      return this.#fatal(error, buffered ? lastCalled : 'dataReceived');
    } finally {
      leaveContext(context, previous);
    }
    return undefined;
  }

  /** The error, or whether the connection is to stay open. */
  eof(): Error | boolean {
    try {
      return this.inContext(() => this.protocol.eofReceived()) === true;
    } catch (error) {
      return this.#fatal(error, 'eofReceived');
    }
  }

  report(message: string, exception: unknown): void {
    this.#scheduler.report({ message, exception, transport: this.#transport, protocol: this.protocol });
  }

  /** What the system refused is the program's to see in `connectionLost`; anything else is a mistake to be reported. */
  #fatal(thrown: unknown, method: string): Error {
    if (!(thrown instanceof OSError)) this.report(`Fatal error: protocol.${method}() call failed.`, thrown);
    return thrown instanceof Error ? thrown : new Error(String(thrown), { cause: thrown });
  }

  #guarded(method: string, call: () => void): void {
    try {
      call();
    } catch (error) {
      this.report(`protocol.${method}() failed`, error);
    }
  }

  inContext<T>(call: () => T): T {
    const previous = enterContext(this.#context);
    try {
      return call();
    } finally {
      leaveContext(this.#context, previous);
    }
  }
}
