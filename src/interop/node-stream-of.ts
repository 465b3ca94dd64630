import { type Duplex, Readable, type Writable } from 'node:stream';
import type { ReadableStream, WritableStream } from 'node:stream/web';
import { describeValue } from '../core/coroutine.ts';
import { RuntimeError } from '../core/errors.ts';
import { WritableHalf } from './writable-half.ts';
import { WritableOfWeb } from './writable-of-web.ts';

/** A stream of bytes of Node's or of the web. */
export type AnyReadable = Readable | NodeJS.ReadableStream | ReadableStream<Uint8Array>;
export type AnyWritable = Writable | NodeJS.WritableStream | WritableStream<Uint8Array>;

/** Throws TypeError for what is no stream of bytes, RuntimeError for one that is over. */
export function readableOf(source: AnyReadable, caller: string): Readable {
  if (typeof (source as Partial<ReadableStream> | null)?.getReader === 'function') {
    return Readable.fromWeb(source as ReadableStream<Uint8Array>);
  }
  const stream = source as Readable;
  if (typeof stream?.on !== 'function' || typeof stream.pause !== 'function') {
    throw new TypeError(`${caller} expects a Readable or a ReadableStream, got ${describeValue(source)}`);
  }
  if (stream.readableObjectMode || stream.readableEncoding) {
    const kind = stream.readableObjectMode ? 'objects' : 'text';
    throw new TypeError(`${caller} expects a stream of bytes, this one is of ${kind}: asyncFor walks over it`);
  }
  if (stream.destroyed || stream.readableEnded)
    throw stream.errored ?? new RuntimeError(`${caller}: the stream is over`);
  return stream;
}

/** As `readableOf`. */
export function writableOf(sink: AnyWritable, caller: string): Writable {
  if (typeof (sink as Partial<WritableStream> | null)?.getWriter === 'function') {
    return new WritableOfWeb(sink as WritableStream<Uint8Array>);
  }
  const stream = sink as Writable;
  if (typeof stream?.on !== 'function' || typeof stream.write !== 'function') {
    throw new TypeError(`${caller} expects a Writable or a WritableStream, got ${describeValue(sink)}`);
  }
  if (stream.writableObjectMode) throw new TypeError(`${caller} expects a stream of bytes, this one is of objects`);
  if (stream.destroyed || stream.writableEnded)
    throw stream.errored ?? new RuntimeError(`${caller}: the stream is over`);
  return stream;
}

/** As `writableOf`, for one whose other side, if it has one, is somebody else's. */
export function writableHalfOf(sink: AnyWritable, caller: string): Writable {
  const stream = writableOf(sink, caller);
  return (stream as Duplex).readable === undefined ? stream : new WritableHalf(stream as Duplex);
}
