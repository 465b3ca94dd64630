import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CancelledError,
  createTask,
  Future,
  gather,
  getRunningLoop,
  OSError,
  type StreamReader,
  type StreamWriter,
  sleep,
  TransportClosedError,
} from 'tsyncio';
import { closeServer, closeWriter, connect, echo, onEachDriver, serve, thrownBy } from './drivers.ts';

/** Enough for all at once: a client that does not fit into the backlog tries again a second later. */
const MANY = { backlog: 256 };

onEachDriver((on) => {
  test('half-close: the answer comes after our end', () =>
    on.run(function* () {
      const server = yield* serve(function* (reader, writer) {
        const all = yield* reader.read();
        writer.write(Buffer.from(`${all.length} bytes`));
        yield* closeWriter(writer);
      });
      const [reader, writer] = yield* connect(server);
      writer.write(Buffer.alloc(100_000));
      writer.writeEof();
      assert.equal(String(yield* reader.read()), '100000 bytes');
      assert.equal(reader.atEof(), true);
      yield* closeWriter(writer);
      yield* closeServer(server);
    }));

  test('close sends what is buffered first', () =>
    on.run(function* () {
      const server = yield* serve(function* (_reader, writer) {
        writer.write(Buffer.alloc(5_000_000, 7));
        yield* closeWriter(writer);
      });
      const [reader, writer] = yield* connect(server);
      assert.equal((yield* reader.read()).length, 5_000_000);
      yield* closeWriter(writer);
      yield* closeServer(server);
    }));

  test('a reset reaches reads, drain and waitClosed as an OSError', () =>
    on.run(function* () {
      const server = yield* serve(function* (reader, writer) {
        yield* reader.readExactly(1);
        writer.transport.abort();
      });
      const [reader, writer] = yield* connect(server);
      writer.write(Buffer.from('x'));
      const error = yield* thrownBy(reader.read());
      assert.ok(error instanceof OSError);
      assert.equal(error.code, 'ECONNRESET');
      assert.equal(reader.exception(), error);
      assert.equal(yield* thrownBy(writer.drain()), error);
      assert.equal(yield* thrownBy(writer.waitClosed()), error);
      // Known only when the program asks: nothing is thrown at the writer out of the blue.
      writer.write(Buffer.from('into the void'));
      yield* closeServer(server);
    }));

  test('a peer that never reads: the writer stops at the high water mark, and goes on when there is room', () =>
    on.run(function* () {
      let written = 0;
      let largest = 0;
      const handler = new Future<unknown>();
      const server = yield* serve(function* (_reader, writer) {
        try {
          for (;;) {
            writer.write(Buffer.alloc(10_000));
            written += 10_000;
            largest = Math.max(largest, (writer.transport as { getWriteBufferSize(): number }).getWriteBufferSize());
            yield* writer.drain();
          }
        } catch (error) {
          handler.setResult(error);
        }
      });
      const [reader, writer] = yield* connect(server, 1024);
      // Until the client's reader is paused, the kernel's buffers are full, and so is the writer's.
      while (!String(reader).includes('paused') || largest <= 65_536) yield* sleep(0);
      assert.ok(largest <= 65_536 + 10_000, `${largest} bytes buffered`);
      for (const before = written; written === before; ) {
        // One read more makes room again: the writer goes on.
        yield* reader.read(100_000);
      }
      assert.ok(largest <= 65_536 + 10_000, `${largest} bytes buffered`);
      server.abortClients();
      const error = yield* handler;
      assert.ok(error instanceof Error);
      yield* thrownBy(
        (function* () {
          writer.close();
          yield* writer.waitClosed();
          throw new Error('closed without an error is fine as well');
        })(),
      );
      yield* closeServer(server);
    }));

  test('clients that connect and leave at once', () =>
    on.run(function* () {
      let served = 0;
      const server = yield* serve(function* (reader, writer) {
        served += 1;
        assert.equal((yield* reader.read()).length, 0);
        yield* closeWriter(writer);
      }, MANY);
      yield* gather(
        Array.from({ length: 200 }, function* () {
          yield* closeWriter((yield* connect(server))[1]);
        }),
      );
      yield* closeServer(server);
      assert.ok(served <= 200);
    }));

  test('clients that reset at once do not disturb the server', () =>
    on.run(function* () {
      const server = yield* serve(function* (reader, writer) {
        try {
          yield* reader.read();
          yield* closeWriter(writer);
        } catch (error) {
          assert.equal((error as OSError).code, 'ECONNRESET');
        }
      });
      yield* gather(
        Array.from({ length: 100 }, function* () {
          const [, writer] = yield* connect(server);
          writer.transport.abort();
          yield* writer.waitClosed();
        }),
      );
      yield* closeServer(server);
    }));

  test('server.close with clients: they go on, closeClients ends them, waitClosed waits for the last', () =>
    on.run(function* () {
      const server = yield* serve(echo);
      const [reader, writer] = yield* connect(server);
      writer.write(Buffer.from('a\n'));
      yield* reader.readLine();
      server.close();
      assert.equal(server.isServing(), false);
      assert.deepEqual(server.sockets, []);
      const over = createTask(server.waitClosed());
      writer.write(Buffer.from('b\n'));
      assert.equal(String(yield* reader.readLine()), 'b\n');
      assert.equal(over.done(), false);
      server.closeClients();
      yield* over;
      assert.equal((yield* reader.read()).length, 0);
      yield* closeWriter(writer);
    }));

  test('serveForever: cancelled, it closes the server', () =>
    on.run(function* () {
      const server = yield* serve(echo, { startServing: false });
      assert.equal(server.isServing(), false);
      const task = createTask(server.serveForever());
      yield* sleep(0);
      assert.equal(server.isServing(), true);
      assert.match(String(yield* thrownBy(server.serveForever())), /awaited already/);
      task.cancel();
      assert.ok((yield* thrownBy(task)) instanceof CancelledError);
      assert.match(String(yield* thrownBy(server.startServing())), /server is closed/);
    }));

  test('an error in a handler goes to the exception handler, and closes that connection only', async () => {
    await on.run(
      function* () {
        const server = yield* serve(function* (reader) {
          const line = String(yield* reader.readLine());
          if (line === 'bad\n') throw new Error('spilled');
          yield* sleep(0);
        });
        const [reader, writer] = yield* connect(server);
        writer.write(Buffer.from('bad\n'));
        assert.equal((yield* reader.read()).length, 0);
        yield* closeWriter(writer);
        yield* closeServer(server);
      },
      { reports: true },
    );
    assert.equal(on.reports.length, 1);
    assert.equal(on.reports[0]!.message, 'Unhandled exception in onConnection');
    assert.equal((on.reports[0]!.exception as Error).message, 'spilled');
  });

  test('a handler may be an async function', () =>
    on.run(function* () {
      const server = yield* serve(async (_reader, writer) => {
        await Promise.resolve();
        writer.write(Buffer.from('hello'));
        writer.close();
      });
      const [reader, writer] = yield* connect(server);
      assert.equal(String(yield* reader.read()), 'hello');
      yield* closeWriter(writer);
      yield* closeServer(server);
    }));

  test('writing after close, after writeEof, and of what is no bytes', () =>
    on.run(function* () {
      const server = yield* serve(echo);
      const [, writer] = yield* connect(server);
      for (const wrong of ['text', 5, undefined, [1, 2], new ArrayBuffer(2)]) {
        assert.throws(() => writer.write(wrong as never), TypeError);
      }
      assert.throws(() => writer.write('text' as never), /Buffer\.from\(text\)/);
      writer.writeEof();
      assert.throws(
        () => writer.write(Buffer.from('x')),
        (error) => error instanceof TransportClosedError && error.code === 'ERR_WRITE_AFTER_EOF',
      );
      yield* closeWriter(writer);
      const [, second] = yield* connect(server);
      second.close();
      assert.throws(
        () => second.write(Buffer.from('x')),
        (error) => error instanceof TransportClosedError && error.code === 'ERR_TRANSPORT_CLOSED',
      );
      yield* second.waitClosed();
      yield* closeServer(server);
    }));

  test('the loop may end with connections open: its end closes them', async () => {
    let pair: [StreamReader, StreamWriter] | undefined;
    await on.run(function* () {
      yield* sleep(0);
    });
    const { run, newEventLoop } = await import('tsyncio');
    await run(
      function* () {
        const server = yield* serve(echo);
        pair = yield* connect(server);
        assert.equal(getRunningLoop().statistics.sockets, 3);
      },
      { loopFactory: () => newEventLoop({ io: on.io }) },
    );
    assert.match(String(pair![1]), /StreamWriter/);
    pair![1].close();
  });
});
