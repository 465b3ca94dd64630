import { Duplex } from 'node:stream';
import { runningScheduler, type Scheduler } from '../core/scheduler.ts';
import type { InetAddress } from '../io/address.ts';
import { StreamReader } from '../net/stream-reader.ts';
import { StreamWriter } from '../net/stream-writer.ts';
import { checkStream } from './check-stream.ts';
import { ReadSide } from './read-side.ts';
import { WriteSide } from './write-side.ts';

/** What `toDuplex` returns: a Duplex that knows, like a socket of Node's, who is at the other end. */
export class StreamDuplex extends Duplex {
  readonly #readSide: ReadSide;
  readonly #writeSide: WriteSide;
  readonly #writer: StreamWriter;

  /** Use `toDuplex`. @internal */
  constructor(reader: StreamReader, writer: StreamWriter, scheduler: Scheduler) {
    super();
    this.#writer = writer;
    this.#readSide = new ReadSide(reader, scheduler);
    this.#writeSide = new WriteSide(writer, scheduler);
  }

  get remoteAddress(): string | undefined {
    return this.#writer.getExtraInfo<Partial<InetAddress>>('peername')?.host;
  }

  get remotePort(): number | undefined {
    return this.#writer.getExtraInfo<Partial<InetAddress>>('peername')?.port;
  }

  get localAddress(): string | undefined {
    return this.#writer.getExtraInfo<Partial<InetAddress>>('sockname')?.host;
  }

  get localPort(): number | undefined {
    return this.#writer.getExtraInfo<Partial<InetAddress>>('sockname')?.port;
  }

  /** True over TLS, as of a `tls.TLSSocket`: web frameworks look at it. */
  get encrypted(): boolean {
    return this.#writer.getExtraInfo('tls') !== undefined;
  }

  override _read(size: number): void {
    this.#readSide.read(size, this);
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#writeSide.write([chunk], done);
  }

  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.#writeSide.writeAll(chunks, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#writeSide.finish(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#readSide.cancel();
    this.#writeSide.close(error, done);
  }
}

/**
 * A Duplex of Node's over both halves of a connection, for libraries that take a socket: `server.emit('connection', …)`
 * of `node:http`, `ws`, `tls.connect({ socket })`. From then on the connection is the duplex's: it closes it when both
 * sides have ended and when it is destroyed (with a reset if by an error).
 *
 * Throws TypeError for what are no such streams, RuntimeError when no loop runs.
 *
 * @example
 * const web = http.createServer(handler);
 * yield* startServer((reader, writer) => { web.emit('connection', toDuplex(reader, writer)); }, { port: 8080 });
 */
export function toDuplex(reader: StreamReader, writer: StreamWriter): StreamDuplex {
  checkStream(reader, StreamReader, 'toDuplex');
  checkStream(writer, StreamWriter, 'toDuplex');
  return new StreamDuplex(reader, writer, runningScheduler());
}
