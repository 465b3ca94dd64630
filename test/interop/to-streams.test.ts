import assert from 'node:assert/strict';
import { once as nodeOnce } from 'node:events';
import { Duplex, Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ReadableStream } from 'node:stream/web';
import { test } from 'node:test';
import { createGunzip, createGzip } from 'node:zlib';
import {
  type Coroutine,
  gather,
  run,
  StreamReader,
  sleep,
  toDuplex,
  toReadable,
  toReadableStream,
  toWritable,
  toWritableStream,
  wrapFuture,
} from 'tsyncio';
import { onEachDriver, thrownBy } from '../net/drivers.ts';
import { outcome } from '../support/collect-errors.ts';
import { connected, hash, pattern, quietly, settle } from './streams.ts';

const SIZE = 1_000_000;
/** In bytes: more than the kernel's buffers and ours can hold. */
const MOST = 100_000_000;

onEachDriver((on) => {
  test('pipeline through gzip, from one end to the other, every byte', () =>
    on.run(() =>
      connected(function* ([, writer], [reader]) {
        const data = pattern(SIZE);
        const chunks: Buffer[] = [];
        const collect = new Writable({
          write(chunk: Buffer, _encoding, done) {
            chunks.push(chunk);
            done();
          },
        });
        yield* gather([
          pipeline(Readable.from([data]), createGzip({ level: 1 }), toWritable(writer)),
          pipeline(toReadable(reader), createGunzip(), collect),
        ]);
        assert.equal(hash(Buffer.concat(chunks)), hash(data));
      }),
    ));

  test('web streams: pipeTo at both ends, every byte', () =>
    on.run(() =>
      connected(function* ([, writer], [reader]) {
        const data = pattern(SIZE);
        const source = new ReadableStream<Uint8Array>({
          start(controller) {
            for (let at = 0; at < SIZE; at += 10_000) controller.enqueue(data.subarray(at, at + 10_000));
            controller.close();
          },
        });
        const sent = source.pipeTo(toWritableStream(writer));
        const response = new Response(toReadableStream(reader) as never);
        const [, received] = yield* gather([sent, response.arrayBuffer()]);
        assert.equal(hash(Buffer.from(received as ArrayBuffer)), hash(data));
      }),
    ));

  test('a reader that nobody takes from holds the sender back; so does a writer that cannot send', () =>
    on.run(() =>
      connected(function* ([, writer], [reader]) {
        const readable = toReadable(reader);
        const writable = toWritable(writer);
        const piece = pattern(64 * 1024);
        let sent = 0;
        // Each round gives the kernel's buffers time to fill; who is held back then stays so.
        for (; !writable.writableNeedDrain && sent < MOST; sent += piece.length) {
          if (!writable.write(piece)) yield* settle(50);
        }
        assert.ok(sent < MOST, `${sent} bytes went to nobody`);
        writable.end();
        let received = 0;
        readable.on('data', (data: Buffer) => {
          received += data.length;
        });
        yield* wrapFuture(nodeOnce(readable, 'end'));
        assert.equal(received, sent);
      }),
    ));

  test('half-close: the end of one side leaves the other open', () =>
    on.run(() =>
      connected(function* ([reader, writer], [peerReader, peerWriter]) {
        const duplex = toDuplex(peerReader, peerWriter);
        writer.write(Buffer.from('a beer, please'));
        writer.writeEof();
        assert.equal(String(yield* collected(duplex)), 'a beer, please');
        assert.equal(duplex.writable, true);
        const closed = nodeOnce(duplex, 'close');
        duplex.end('here you are');
        assert.equal(String(yield* reader.read()), 'here you are');
        yield* wrapFuture(closed);
      }),
    ));

  test('an error of the connection destroys the streams', () =>
    on.run(() =>
      connected(function* ([, writer], [peerReader, peerWriter]) {
        const duplex = toDuplex(peerReader, peerWriter);
        const failed = nodeOnce(duplex, 'error') as Promise<[NodeJS.ErrnoException]>;
        duplex.resume();
        yield* settle(3);
        writer.transport.abort();
        const [error] = yield* wrapFuture(failed);
        assert.match(error.code!, /ECONNRESET|EPIPE/);
        assert.equal(duplex.destroyed, true);
      }),
    ));

  test('destroyed with an error: the other end gets a reset; without one: what was written and the end', () =>
    on.run(function* () {
      yield* connected(function* ([reader], [peerReader, peerWriter]) {
        const duplex = toDuplex(peerReader, peerWriter);
        const failed = nodeOnce(duplex, 'error');
        duplex.destroy(new RangeError('no'));
        assert.match(String((yield* wrapFuture(failed))[0]), /RangeError: no/);
        const error = (yield* thrownBy(reader.read())) as NodeJS.ErrnoException;
        assert.equal(error.code, 'ECONNRESET');
      });
      yield* connected(function* ([reader], [peerReader, peerWriter]) {
        const duplex = toDuplex(peerReader, peerWriter);
        duplex.write('farewell');
        yield* settle(3);
        duplex.destroy();
        assert.equal(String(yield* reader.read()), 'farewell');
      });
      yield* connected(function* ([reader], [, peerWriter]) {
        const writable = toWritable(peerWriter);
        writable.write('a part');
        yield* settle(3);
        writable.destroy();
        const error = (yield* thrownBy(reader.read())) as NodeJS.ErrnoException;
        assert.equal(error.code, 'ECONNRESET');
      });
      yield* connected(function* ([reader], [, peerWriter]) {
        const writable = toWritableStream(peerWriter);
        yield* wrapFuture(writable.abort(new RangeError('no')));
        const error = (yield* thrownBy(reader.read())) as NodeJS.ErrnoException;
        assert.equal(error.code, 'ECONNRESET');
      });
    }));

  test('destroying or cancelling what reads loses no byte, and leaves the connection', () =>
    on.run(() =>
      connected(function* ([, writer], [reader, peerWriter]) {
        const readable = toReadable(reader);
        readable.resume();
        yield* settle(3);
        readable.destroy();
        yield* settle(3);
        writer.write(Buffer.from('first\n'));
        assert.equal(String(yield* reader.readLine()), 'first\n');
        const stream = toReadableStream(reader);
        const taker = stream.getReader();
        const asked = taker.read();
        yield* settle(3);
        yield* wrapFuture(taker.cancel());
        assert.equal((yield* wrapFuture(asked)).done, true);
        writer.write(Buffer.from('second\n'));
        assert.equal(String(yield* reader.readLine()), 'second\n');
        assert.equal(peerWriter.isClosing(), false);
      }),
    ));

  test('a web reader that brings memory of its own', () =>
    on.run(() =>
      connected(function* ([, writer], [reader]) {
        const taker = toReadableStream(reader).getReader({ mode: 'byob' });
        writer.write(Buffer.from('beer'));
        const { value } = yield* wrapFuture(taker.read(new Uint8Array(100)));
        assert.equal(String(Buffer.from(value!)), 'beer');
        writer.writeEof();
        assert.equal((yield* wrapFuture(taker.read(new Uint8Array(100)))).done, true);
      }),
    ));

  test('who is at the other end', () =>
    on.run(() =>
      connected(function* ([, writer], [peerReader, peerWriter]) {
        const duplex = toDuplex(peerReader, peerWriter);
        const { host, port } = writer.getExtraInfo<{ host: string; port: number }>('sockname')!;
        assert.deepEqual([duplex.remoteAddress, duplex.remotePort], [host, port]);
        assert.deepEqual([duplex.localAddress, duplex.encrypted], ['127.0.0.1', false]);
        assert.ok(duplex instanceof Duplex && duplex.localPort !== port);
        const closed = nodeOnce(duplex, 'close');
        duplex.destroy();
        yield* wrapFuture(closed);
      }),
    ));

  test('writing after the connection has gone fails the stream', () =>
    on.run(() =>
      connected(function* ([, writer], [peerReader, peerWriter]) {
        const writable = toWritable(peerWriter);
        const failed = nodeOnce(writable, 'error') as Promise<[NodeJS.ErrnoException]>;
        writer.transport.abort();
        yield* quietly(drained(peerReader));
        writable.write('too late');
        const [error] = yield* wrapFuture(failed);
        assert.ok(error.code !== undefined);
        const web = toWritableStream(peerWriter).getWriter();
        web.closed.catch(() => {});
        assert.match(String(yield* outcome(wrapFuture(web.write(Buffer.from('too late'))))), /Error/);
      }),
    ));
});

function* collected(stream: Readable): Coroutine<Buffer> {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  yield* wrapFuture(nodeOnce(stream, 'end'));
  return Buffer.concat(chunks);
}

function* drained(reader: StreamReader): Coroutine<void> {
  yield* reader.read();
}

test('left over at the end of the program: who listens gets an error, nobody else is broken', async () => {
  const errors: unknown[] = [];
  const streams = await run(function* () {
    const [heard, unheard] = [toReadable(new StreamReader()), toReadable(new StreamReader())];
    heard.on('error', (error) => errors.push(String(error)));
    heard.resume();
    unheard.resume();
    yield* settle(3);
    return [heard, unheard];
  });
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(errors, ['CancelledError']);
  assert.ok(streams.every((stream) => stream.destroyed && !stream.readableEnded));
});

test('what are no streams of ours, and no loop', async () => {
  await run(function* () {
    const reader = new StreamReader();
    for (const wrong of [undefined, 5, new Readable()]) {
      for (const make of [toReadable, toReadableStream, toWritable, toWritableStream]) {
        assert.throws(() => make(wrong as never), {
          name: 'TypeError',
          message: /expects a Stream(Reader|Writer), got/,
        });
      }
    }
    assert.throws(() => toDuplex(reader, reader as never), TypeError);
    yield* sleep(0);
    const readable = toReadable(reader);
    reader.feedData(Buffer.from('beer'));
    reader.feedEof();
    assert.equal(String(yield* collected(readable)), 'beer');
    return reader;
  }).then((reader) => assert.throws(() => toReadable(reader), /no running event loop/));
});
