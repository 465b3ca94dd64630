import { inspectCustom } from '../core/inspect.ts';
import { EAGAIN, EINTR } from '../io/errno.ts';
import { READABLE } from '../io/operation.ts';
import { osError } from '../io/os-error.ts';
import type { BaseProtocol } from './endpoint.ts';
import { feedBuffered } from './feed-buffered.ts';
import type { Network } from './network.ts';
import { PipeEnd, type Readiness } from './pipe-end.ts';
import { BufferedProtocol, type Protocol } from './protocol.ts';
import { ReadTransport } from './transport.ts';

/** In bytes, one read: as much as a pipe holds by default. */
const READ_LENGTH = 64 * 1024;

/** One for all: what was read is copied before anybody else reads. Made for the first pipe. */
let memory: Buffer | undefined;

/** Reads from a pipe or terminal: what `connectReadPipe` gives. */
export class ReadPipeTransport extends ReadTransport {
  readonly #end: PipeEnd;
  readonly #readable: Readiness;
  #paused = false;

  /** Takes over the descriptor. Call `start` next. */
  constructor(network: Network, fd: number, protocol: Protocol | BufferedProtocol) {
    super();
    this.#end = new PipeEnd(network, fd, protocol, this);
    this.#readable = this.#end.readiness(READABLE, () => this.#read());
  }

  start(): void {
    this.#end.tell('connectionMade', () => this.#end.protocol.connectionMade(this), false);
    if (this.isReading()) this.#readable.want(true);
  }

  getExtraInfo<T = unknown>(name: string, defaultValue?: T): T | undefined {
    return name === 'pipe' && !this.#end.released ? (this.#end.fd as T) : defaultValue;
  }

  setProtocol(protocol: BaseProtocol): void {
    this.#end.protocol = protocol;
  }

  getProtocol(): BaseProtocol {
    return this.#end.protocol;
  }

  isClosing(): boolean {
    return this.#end.lost;
  }

  isReading(): boolean {
    return !this.#end.lost && !this.#paused;
  }

  pauseReading(): void {
    if (!this.isReading()) return;
    this.#paused = true;
    this.#readable.want(false);
  }

  resumeReading(): void {
    if (this.#end.lost || !this.#paused) return;
    this.#paused = false;
    this.#readable.want(true);
  }

  close(): void {
    this.#end.lose(undefined);
  }

  override toString(): string {
    return `<ReadPipeTransport fd=${this.#end.released ? -1 : this.#end.fd} ${this.#end.state}>`;
  }

  [inspectCustom](): string {
    return this.toString();
  }

  #read(): void {
    const end = this.#end;
    memory ??= Buffer.allocUnsafeSlow(READ_LENGTH);
    const count = end.calls.read(end.fd, memory);
    if (count === -EAGAIN || count === -EINTR) return;
    if (count < 0) {
      end.lose(osError(count, 'read'));
      return;
    }
    const protocol = end.protocol as Protocol | BufferedProtocol;
    if (count === 0) {
      end.tell('eofReceived', () => void protocol.eofReceived(), true);
      end.lose(undefined);
      return;
    }
    const data = Buffer.from(memory.subarray(0, count));
    if (protocol instanceof BufferedProtocol) end.tell('bufferUpdated', () => feedBuffered(protocol, data), true);
    else end.tell('dataReceived', () => protocol.dataReceived(data), true);
  }
}
