import assert from 'node:assert/strict';
import { createReadStream, createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createNetServer, connect as netConnect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable, Writable } from 'node:stream';
import { ReadableStream, WritableStream } from 'node:stream/web';
import { test } from 'node:test';
import { createGzip, gunzipSync } from 'node:zlib';
import {
  asyncFor,
  asyncWith,
  type Coroutine,
  collect,
  createTask,
  fromDuplex,
  fromReadable,
  fromWritable,
  gather,
  once,
  run,
  type StreamReader,
  type StreamWriter,
  taskSignal,
  wrapFuture,
} from 'tsyncio';
import { outcome } from '../support/collect-errors.ts';
import { hash, pattern, settle } from './streams.ts';

const SIZE = 1_000_000;

function* copy(from: StreamReader, to: StreamWriter): Coroutine<void> {
  for (;;) {
    const data = yield* from.read(65_536);
    if (data.length === 0) break;
    to.write(data);
    yield* to.drain();
  }
  to.writeEof();
}

test('files: every byte, by fromReadable and fromWritable', () =>
  run(function* () {
    const folder = mkdtempSync(join(tmpdir(), 'tsyncio-streams-'));
    const data = pattern(SIZE);
    writeFileSync(join(folder, 'from'), data);
    const reader = fromReadable(createReadStream(join(folder, 'from')));
    const writer = fromWritable(createWriteStream(join(folder, 'to')));
    yield* copy(reader, writer);
    yield* writer.waitClosed();
    assert.equal(hash(readFileSync(join(folder, 'to'))), hash(data));
    rmSync(folder, { recursive: true });
  }));

test('web streams: every byte, through gzip and back', () =>
  run(function* () {
    const data = pattern(SIZE);
    const [zipped, plain] = fromDuplex(new CompressionStream('gzip'));
    const [unzipped, toUnzip] = fromDuplex(new DecompressionStream('gzip'));
    plain.write(data);
    plain.writeEof();
    const [received] = yield* gather([unzipped.read(), copy(zipped, toUnzip)]);
    assert.equal(hash(received), hash(data));
  }));

test('the body of a fetch, by line', async () => {
  const web = createServer((_request, response) => response.end('beer\nwine\ntea'));
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(web.address() as AddressInfo).port}/`;
  await run(function* () {
    const response = yield* wrapFuture(fetch(url, { signal: taskSignal() }));
    const lines = yield* collect(fromReadable(response.body!));
    assert.deepEqual(lines.map(String), ['beer\n', 'wine\n', 'tea']);
  });
  web.closeAllConnections();
  await new Promise((resolve) => web.close(resolve));
});

test('a socket of Node: both directions, half-close, waitClosed', async () => {
  const server = createNetServer({ allowHalfOpen: true }, (socket) => {
    socket.on('data', (data) => socket.write(String(data).toUpperCase()));
    socket.on('end', () => socket.end('!'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await run(function* () {
    const socket: Socket = netConnect((server.address() as AddressInfo).port, '127.0.0.1');
    const [reader, writer] = fromDuplex(socket);
    yield* asyncWith(writer, function* () {
      writer.write(Buffer.from('beer\n'));
      assert.equal(String(yield* reader.readLine()), 'BEER\n');
      writer.writeEof();
      assert.equal(String(yield* reader.read()), '!');
    });
    assert.equal(socket.destroyed, true);
  });
  await new Promise((resolve) => server.close(resolve));
});

test('what nobody reads pauses the stream', () =>
  run(function* () {
    let given = 0;
    const source = new Readable({
      read() {
        given += 1;
        this.push(given > 1_000 ? null : Buffer.alloc(1_024));
      },
    });
    const reader = fromReadable(source, { limit: 4_096 });
    yield* settle(200);
    assert.ok(given < 400, `${given} chunks were taken`);
    assert.equal((yield* reader.read()).length, 1_000 * 1_024);
  }));

test('drain waits for a slow stream', () =>
  run(function* () {
    const taken: (() => void)[] = [];
    const slow = new Writable({ write: (_chunk, _encoding, done) => void taken.push(done) });
    const writer = fromWritable(slow);
    writer.write(pattern(100_000));
    const drained = createTask(writer.drain());
    yield* settle(10);
    assert.equal(drained.done(), false);
    taken[0]!();
    yield* drained;
    writer.close();
    yield* writer.waitClosed();
    assert.equal(slow.writableFinished, true);
  }));

test('errors: of the source, of the sink, of web streams', () =>
  run(function* () {
    const failing = new PassThrough();
    const reader = fromReadable(failing);
    failing.write('beer\n');
    assert.equal(String(yield* reader.readLine()), 'beer\n');
    failing.destroy(new RangeError('no more'));
    assert.equal(yield* outcome(reader.readLine()), 'RangeError: no more');

    const sink = new Writable({ write: (_chunk, _encoding, done) => done(new RangeError('full')) });
    const writer = fromWritable(sink);
    writer.write(Buffer.from('beer'));
    assert.equal(yield* outcome(writer.waitClosed()), 'RangeError: full');
    assert.equal(yield* outcome(writer.drain()), 'RangeError: full');

    const source = new ReadableStream({ pull: (controller) => controller.error(new RangeError('no web')) });
    assert.equal(yield* outcome(fromReadable(source).read()), 'RangeError: no web');
    const webSink = fromWritable(
      new WritableStream({
        write() {
          throw new RangeError('full web');
        },
      }),
    );
    webSink.write(Buffer.from('beer'));
    assert.equal(yield* outcome(webSink.waitClosed()), 'RangeError: full web');
  }));

test('destroyed before its end: not taken for the whole', () =>
  run(function* () {
    const stream = new PassThrough();
    const reader = fromReadable(stream);
    stream.write('a part');
    assert.equal(String(yield* reader.readExactly(6)), 'a part');
    stream.destroy();
    const error = (yield* thrown(reader)) as NodeJS.ErrnoException;
    assert.equal(error.code, 'ERR_STREAM_PREMATURE_CLOSE');
  }));

function* thrown(reader: StreamReader): Coroutine<unknown> {
  try {
    return yield* reader.read();
  } catch (error) {
    return error;
  }
}

test('the writable side of a transform: ending it leaves the other side to be read', () =>
  run(function* () {
    const gzip = createGzip();
    const writer = fromWritable(gzip);
    yield* asyncWith(writer, function* () {
      writer.write(Buffer.from('beer'));
      yield* writer.drain();
    });
    yield* settle(3);
    assert.equal(String(gunzipSync(yield* fromReadable(gzip).read())), 'beer');
    const broken = new PassThrough();
    const another = fromWritable(broken);
    broken.destroy(new RangeError('no'));
    assert.equal(yield* outcome(another.waitClosed()), 'RangeError: no');
  }));

test('abort destroys the stream, and aborts a web one', () =>
  run(function* () {
    const stream = new PassThrough();
    fromWritable(stream).transport.abort();
    assert.equal(stream.destroyed, true);
    const aborted = new Promise((resolve) => {
      fromWritable(new WritableStream({ abort: () => resolve('aborted') })).transport.abort();
    });
    assert.equal(yield* wrapFuture(aborted), 'aborted');
  }));

test('a cancelled read takes nothing', () =>
  run(function* () {
    const stream = new PassThrough();
    const reader = fromReadable(stream);
    const task = createTask(reader.readExactly(4));
    yield* settle(3);
    stream.write('be');
    yield* settle(3);
    task.cancel();
    assert.equal(yield* outcome(task), 'CancelledError');
    stream.end('er');
    assert.equal(String(yield* reader.read()), 'beer');
  }));

test('native async iterables, walked over and cancelled, are closed', () =>
  run(function* () {
    const stream = Readable.from([Buffer.from('beer'), Buffer.from('wine')]);
    const all: string[] = [];
    yield* asyncFor(stream as AsyncIterable<Buffer>, function* (chunk) {
      all.push(String(chunk));
    });
    assert.deepEqual(all, ['beer', 'wine']);
    const endless = new PassThrough();
    const task = createTask(asyncFor(endless as AsyncIterable<Buffer>, function* () {}));
    yield* settle(3);
    const closed = once(endless, 'close');
    task.cancel();
    assert.equal(yield* outcome(task), 'CancelledError');
    // Node's iterator closes at its next event, and says by this error that it was before the end.
    endless.write('late');
    assert.match(String(yield* outcome(closed)), /^AbortError/);
    assert.equal(endless.destroyed, true);
  }));

test('what is no stream of bytes, or over', () =>
  run(function* () {
    for (const wrong of [undefined, 5, {}]) {
      assert.throws(() => fromReadable(wrong as never), {
        name: 'TypeError',
        message: /^fromReadable expects a Readable/,
      });
      assert.throws(() => fromWritable(wrong as never), {
        name: 'TypeError',
        message: /^fromWritable expects a Writable/,
      });
      assert.throws(() => fromDuplex(wrong as never), TypeError);
    }
    assert.throws(() => fromReadable(Readable.from(['objects'])), { name: 'TypeError', message: /of objects/ });
    assert.throws(() => fromReadable(new PassThrough().setEncoding('utf8')), { name: 'TypeError', message: /of text/ });
    assert.throws(() => fromWritable(new PassThrough({ objectMode: true })), TypeError);
    const over = new PassThrough();
    over.destroy();
    assert.throws(() => fromReadable(over), { name: 'RuntimeError', message: /over/ });
    assert.throws(() => fromWritable(over), { name: 'RuntimeError', message: /over/ });
    yield* settle(1);
  }));
