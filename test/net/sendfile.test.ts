import assert from 'node:assert/strict';
import { closeSync, openSync, readSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  CancelledError,
  type Coroutine,
  createTask,
  Event,
  getRunningLoop,
  OSError,
  openConnection,
  RuntimeError,
  SendfileNotAvailableError,
  Socket,
  type StreamReader,
  type StreamWriter,
  sleep,
  wrapFuture,
} from 'tsyncio';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { closeServer, closeWriter, onEachDriver, portOf, serve, thrownBy } from './drivers.ts';

const folder = temporaryFolder('sendfile');
const LONG = Buffer.alloc(5_000_000, 'a long file, ');
const path = join(folder, 'long');
writeFileSync(path, LONG);

/** Runs `client` against a server that keeps all it gets; gives that. */
function* received(client: (reader: StreamReader, writer: StreamWriter) => Coroutine<void>): Coroutine<Buffer> {
  let all: Buffer | undefined;
  const over = new Event();
  const server = yield* serve(function* (reader, writer) {
    all = yield* reader.read();
    writer.write(Buffer.from('thanks'));
    yield* closeWriter(writer);
    over.set();
  });
  const [reader, writer] = yield* openConnection({ host: '127.0.0.1', port: portOf(server) });
  yield* client(reader, writer);
  yield* over.wait();
  yield* closeServer(server);
  return all!;
}

onEachDriver((on) => {
  test('while a file is sent nobody else writes, and no second file goes', () =>
    on.run(function* () {
      const loop = getRunningLoop();
      const file = openSync(path, 'r');
      const all = yield* received(function* (reader, writer) {
        const sending = createTask(loop.sendfile(writer.transport, file));
        yield* sleep(0);
        const busy = /a file is being sent/;
        assert.throws(() => writer.write(Buffer.from('in the middle')), busy);
        assert.throws(() => writer.writeLines([Buffer.from('in the middle')]), busy);
        assert.throws(() => writer.writeEof(), busy);
        assert.match(String(yield* thrownBy(loop.sendfile(writer.transport, file))), busy);
        assert.equal(yield* sending, LONG.length);
        writer.write(Buffer.from('.'));
        writer.writeEof();
        assert.equal(String(yield* reader.read()), 'thanks');
        yield* closeWriter(writer);
      });
      closeSync(file);
      assert.equal(all.length, LONG.length + 1);
      assert.ok(all.subarray(0, -1).equals(LONG));
    }));

  test('a sendfile that is cancelled leaves the transport to its owner', () =>
    on.run(function* () {
      const loop = getRunningLoop();
      const file = openSync(path, 'r');
      const all = yield* received(function* (reader, writer) {
        const sending = createTask(loop.sendfile(writer.transport, file));
        yield* sleep(0);
        sending.cancel();
        yield* thrownBy(sending);
        writer.write(Buffer.from('.'));
        writer.writeEof();
        assert.equal(String(yield* reader.read()), 'thanks');
        yield* closeWriter(writer);
      });
      closeSync(file);
      assert.equal(all.at(-1), 46);
      assert.ok(all.subarray(0, -1).equals(LONG.subarray(0, all.length - 1)));
    }));

  test('through a transport, between what is written before and after', () =>
    on.run(function* () {
      const loop = getRunningLoop();
      const file = openSync(path, 'r');
      const all = yield* received(function* (reader, writer) {
        writer.write(Buffer.from('<'));
        assert.equal(yield* loop.sendfile(writer.transport, file), LONG.length);
        writer.write(Buffer.from('>'));
        writer.writeEof();
        assert.equal(String(yield* reader.read()), 'thanks');
        yield* closeWriter(writer);
      });
      closeSync(file);
      assert.ok(all.equals(Buffer.concat([Buffer.from('<'), LONG, Buffer.from('>')])));
    }));

  test('a part, from a FileHandle; past the end; limits and reading are as before', () =>
    on.run(function* () {
      const loop = getRunningLoop();
      const file = yield* wrapFuture(open(path));
      const all = yield* received(function* (_reader, writer) {
        const { transport } = writer;
        transport.setWriteBufferLimits({ high: 777, low: 77 });
        assert.equal(yield* loop.sendfile(transport, file, { offset: 5, count: 100 }), 100);
        assert.equal(yield* loop.sendfile(transport, file, { offset: LONG.length - 3 }), 3);
        assert.equal(yield* loop.sendfile(transport, file, { offset: LONG.length + 3 }), 0);
        assert.deepEqual(transport.getWriteBufferLimits(), { high: 777, low: 77 });
        yield* closeWriter(writer);
      });
      yield* wrapFuture(file.close());
      assert.ok(all.equals(Buffer.concat([LONG.subarray(5, 105), LONG.subarray(-3)])));
    }));

  test('the peer goes away meanwhile', () =>
    on.run(function* () {
      const loop = getRunningLoop();
      const file = openSync(path, 'r');
      const server = yield* serve(function* (reader, writer) {
        yield* reader.readExactly(1);
        writer.transport.abort();
      });
      const [, writer] = yield* openConnection({ host: '127.0.0.1', port: portOf(server) });
      const error = yield* thrownBy(
        (function* () {
          for (;;) yield* loop.sendfile(writer.transport, file);
        })(),
      );
      assert.ok(error instanceof OSError || error instanceof RuntimeError, String(error));
      closeSync(file);
      writer.transport.abort();
      yield* thrownBy(
        (function* () {
          yield* writer.waitClosed();
          throw new Error('closed');
        })(),
      );
      yield* closeServer(server);
    }));

  test('cancelled while the peer does not read', () =>
    on.run(function* () {
      const loop = getRunningLoop();
      const file = openSync(path, 'r');
      const server = yield* serve((_reader, writer) => void writer.transport.pauseReading());
      const [, writer] = yield* openConnection({ host: '127.0.0.1', port: portOf(server) });
      const sending = createTask(
        (function* () {
          for (;;) yield* loop.sendfile(writer.transport, file);
        })(),
      );
      // Whatever it is doing by then.
      for (let turn = 0; turn < 200; turn++) yield* sleep(0);
      sending.cancel();
      assert.ok((yield* thrownBy(sending)) instanceof CancelledError);
      writer.transport.abort();
      yield* writer.waitClosed();
      server.abortClients();
      yield* closeServer(server);
      closeSync(file);
    }));

  test('bad input, closed transports', () =>
    on.run(function* () {
      const loop = getRunningLoop();
      const file = openSync(path, 'r');
      yield* received(function* (_reader, { transport, ...rest }) {
        void rest;
        for (const options of [{ offset: -1 }, { count: 0 }, { offset: 1.5 }]) {
          assert.ok((yield* thrownBy(loop.sendfile(transport, file, options))) instanceof RangeError);
        }
        assert.ok((yield* thrownBy(loop.sendfile({} as typeof transport, file))) instanceof TypeError);
        assert.ok((yield* thrownBy(loop.sendfile(transport, 'x' as unknown as number))) instanceof TypeError);
        assert.equal(((yield* thrownBy(loop.sendfile(transport, 99_999))) as OSError).code, 'EBADF');
        transport.close();
        assert.match(String(yield* thrownBy(loop.sendfile(transport, file))), /the transport is closing/);
      });
      closeSync(file);
    }));

  test('no fallback wanted', { skip: on.io !== 'node' }, () =>
    on.run(function* () {
      const file = openSync(path, 'r');
      yield* received(function* (_reader, writer) {
        const sending = getRunningLoop().sendfile(writer.transport, file, { fallback: false });
        assert.ok((yield* thrownBy(sending)) instanceof SendfileNotAvailableError);
        yield* closeWriter(writer);
      });
      closeSync(file);
    }),
  );

  test('sockSendfile, which moves the position of the file', { skip: on.io === 'node' }, () =>
    on.run(function* () {
      const loop = getRunningLoop();
      const file = openSync(path, 'r');
      const [near, far] = Socket.pair();
      const sending = createTask(loop.sockSendfile(near, file, { offset: 10 }));
      let length = 0;
      while (length < LONG.length - 10) {
        const data = yield* loop.sockRecv(far, 65_536);
        assert.ok(data.equals(LONG.subarray(10 + length, 10 + length + data.length)));
        length += data.length;
      }
      assert.equal(yield* sending, LONG.length - 10);
      assert.equal(readSync(file, Buffer.alloc(1)), 0);
      assert.equal(yield* loop.sockSendfile(near, file, { count: 13 }), 13);
      const next = Buffer.alloc(1);
      readSync(file, next);
      assert.equal(next[0], LONG[13]);
      using datagrams = new Socket({ type: 'datagram' });
      assert.ok((yield* thrownBy(loop.sockSendfile(datagrams, file))) instanceof RangeError);
      near.close();
      far.close();
      closeSync(file);
    }),
  );
});
