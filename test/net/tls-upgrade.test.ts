import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  createTask,
  Future,
  getRunningLoop,
  Protocol,
  RuntimeError,
  type StreamReader,
  type StreamWriter,
  TlsError,
  type Transport,
  TransportClosedError,
} from 'tsyncio';
import { closeServer, closeWriter, connect, echo, onEachDriver, portOf, serve, thrownBy } from './drivers.ts';
import { allClosed, ca, connectTls, server, serveTls, tlsOf } from './tls-fixtures.ts';

/** A server whose client says STARTTLS; `answer`: whether it waits for a go-ahead. */
function* upgrading(reader: StreamReader, writer: StreamWriter) {
  assert.equal(String(yield* reader.readLine()), 'STARTTLS\n');
  writer.write(Buffer.from('go ahead\n'));
  yield* writer.startTls(server);
  writer.write(Buffer.from(`now with ${tlsOf(writer).protocol}\n`));
  yield* echo(reader, writer);
}

onEachDriver((on) => {
  test('startTls of streams, both ends', () =>
    on.run(function* () {
      const bar = yield* serve(upgrading);
      const [reader, writer] = yield* connect(bar);
      const before = writer.transport;
      writer.write(Buffer.from('STARTTLS\n'));
      assert.equal(String(yield* reader.readLine()), 'go ahead\n');
      yield* writer.startTls({ ca }, { serverHostname: 'bar.example' });
      assert.notEqual(writer.transport, before);
      assert.equal(String(yield* reader.readLine()), 'now with TLSv1.3\n');
      const block = Buffer.alloc(300_000, 'ab');
      const sending = createTask(
        (function* () {
          writer.write(block);
          yield* writer.drain();
        })(),
      );
      assert.ok((yield* reader.readExactly(block.length)).equals(block));
      yield* sending;
      yield* closeWriter(writer);
      yield* closeServer(bar);
    }));

  test('startTls: what has come already and belongs to TLS is not lost', () =>
    on.run(function* () {
      const goOn = new Future<void>();
      const readers: StreamReader[] = [];
      const bar = yield* serve(function* (reader, writer) {
        yield* reader.readLine();
        readers.push(reader);
        yield* goOn;
        yield* writer.startTls(server);
        yield* echo(reader, writer);
      });
      const [reader, writer] = yield* connect(bar);
      writer.write(Buffer.from('STARTTLS\n'));
      const upgrade = createTask(writer.startTls({ ca }, { serverHostname: '127.0.0.1' }));
      // The client does not wait for a go-ahead: its hello is in the server's reader before anybody wants TLS there.
      while (!/[1-9]\d* bytes/.test(String(readers[0]))) yield* nodeTurn();
      goOn.setResult();
      yield* upgrade;
      writer.write(Buffer.from('hello\n'));
      assert.equal(String(yield* reader.readLine()), 'hello\n');
      yield* closeWriter(writer);
      yield* closeServer(bar);
    }));

  test('loop.startTls of a protocol; a failed one closes the connection, and the protocol is told', () =>
    on.run(function* () {
      const loop = getRunningLoop();
      class Upgraded extends Protocol {
        readonly lost = new Future<Error | undefined>();
        readonly said = new Future<string>();
        made = 0;
        override connectionMade(): void {
          this.made += 1;
        }
        override dataReceived(data: Buffer): void {
          if (!this.said.done()) this.said.setResult(String(data));
        }
        override connectionLost(error: Error | undefined): void {
          this.lost.setResult(error);
        }
      }
      const bar = yield* serveTls(echo);
      const plain = { host: '127.0.0.1', port: portOf(bar) };
      const [raw, protocol] = yield* loop.createConnection(() => new Upgraded(), plain);
      const tls = yield* loop.startTls(raw, protocol, { ca }, { serverHostname: '127.0.0.1' });
      tls.write(Buffer.from('hello'));
      assert.equal(yield* protocol.said, 'hello');
      assert.equal(protocol.made, 1);
      tls.close();
      assert.equal(yield* protocol.lost, undefined);
      const [other, unlucky] = yield* loop.createConnection(() => new Upgraded(), plain);
      const error = yield* thrownBy(loop.startTls(other, unlucky, true, { serverHostname: 'bar.example' }));
      assert.ok(error instanceof TlsError);
      assert.equal(yield* unlucky.lost, error);
      assert.ok(
        (yield* thrownBy(loop.startTls(other, unlucky, true, { serverHostname: 'x' }))) instanceof TransportClosedError,
      );
      yield* closeServer(bar);
      yield* allClosed();
    }));

  test('TLS in TLS', () =>
    on.run(function* () {
      const bar = yield* serveTls(upgrading);
      const [reader, writer] = yield* connectTls(bar);
      writer.write(Buffer.from('STARTTLS\n'));
      assert.equal(String(yield* reader.readLine()), 'go ahead\n');
      yield* writer.startTls({ ca }, { serverHostname: 'bar.example' });
      assert.equal(String(yield* reader.readLine()), 'now with TLSv1.3\n');
      writer.write(Buffer.alloc(100_000, 120));
      assert.equal((yield* reader.readExactly(100_000))[99_999], 120);
      yield* closeWriter(writer);
      yield* closeServer(bar);
    }));

  test('startTls: bad arguments leave the connection as it was', () =>
    on.run(function* () {
      const bar = yield* serve(echo);
      const [reader, writer] = yield* connect(bar);
      assert.match(String(yield* thrownBy(writer.startTls(true))), /RangeError.*serverHostname/);
      assert.match(String(yield* thrownBy(writer.startTls(undefined as never))), /TypeError/);
      assert.match(String(yield* thrownBy(writer.startTls({ cert: 'nonsense' }, { serverHostname: 'x' }))), /TlsError/);
      const { startTls } = getRunningLoop();
      const call = startTls.bind(getRunningLoop());
      assert.match(String(yield* thrownBy(call({} as Transport, new Protocol(), true))), /TypeError.*a transport/);
      assert.match(String(yield* thrownBy(call(writer.transport, {} as Protocol, true))), /TypeError.*a protocol/);
      writer.write(Buffer.from('as before\n'));
      assert.equal(String(yield* reader.readLine()), 'as before\n');
      yield* closeWriter(writer);
      yield* closeServer(bar);
    }));

  test('startTls: options that do not do leave a paused transport paused', () =>
    on.run(function* () {
      const loop = getRunningLoop();
      const bar = yield* serve(echo);
      const options = { host: '127.0.0.1', port: portOf(bar) };
      const [transport, protocol] = yield* loop.createConnection(() => new Protocol(), options);
      const upgrade = () =>
        loop.startTls(transport, protocol, { cert: 'beer', key: 'beer' }, { serverHostname: 'bar' });
      for (const reading of [true, false]) {
        if (!reading) transport.pauseReading();
        assert.ok((yield* thrownBy(upgrade())) instanceof TlsError);
        assert.equal(transport.isReading(), reading);
      }
      transport.close();
      yield* closeServer(bar);
    }));

  test('half-close: the answer comes after our goodbye', () =>
    on.run(function* () {
      const bar = yield* serveTls(function* (reader, writer) {
        const all = yield* reader.read();
        writer.write(Buffer.from(`${all.length} bytes, ${tlsOf(writer).truncated}`));
        yield* closeWriter(writer);
      });
      const [reader, writer] = yield* connectTls(bar);
      assert.equal(writer.canWriteEof(), true);
      writer.write(Buffer.alloc(200_000));
      writer.writeEof();
      assert.equal(String(yield* reader.read()), '200000 bytes, false');
      yield* closeWriter(writer);
      yield* closeServer(bar);
    }));

  test('a stream cut off without a goodbye ends as in asyncio, and is marked as truncated', () =>
    on.run(function* () {
      const bar = yield* serveTls(function* (_reader, writer) {
        writer.write(Buffer.from('half of it'));
        while (writer.transport.getWriteBufferSize() > 0) yield* nodeTurn();
        // The connection below ends in order; TLS has not.
        const below = (writer.transport as Transport & { raw: Transport }).raw;
        below.close();
        yield* writer.waitClosed();
      });
      const [reader, writer] = yield* connectTls(bar);
      assert.equal(String(yield* reader.read()), 'half of it');
      assert.equal(tlsOf(writer).truncated, true);
      yield* closeWriter(writer);
      yield* closeServer(bar);
    }));

  test('abort, and what the other end sees; a handler’s mistake', async () => {
    await on.run(
      function* () {
        const seen = new Future<unknown>();
        const bar = yield* serveTls(function* (reader, writer) {
          writer.write(Buffer.from('hello'));
          seen.setResult(yield* thrownBy(reader.readExactly(10)));
          writer.close();
        });
        const [reader, writer] = yield* connectTls(bar);
        assert.equal(String(yield* reader.readExactly(5)), 'hello');
        writer.transport.abort();
        yield* writer.waitClosed();
        assert.equal((yield* reader.read()).length, 0);
        assert.throws(() => writer.write(Buffer.from('x')), TransportClosedError);
        assert.equal(((yield* seen) as { code: string }).code, 'ECONNRESET');
        yield* closeServer(bar);
        const clumsy = yield* serveTls(function* () {
          throw new RuntimeError('dropped');
        });
        const [afterwards, second] = yield* connectTls(clumsy);
        assert.equal((yield* afterwards.read()).length, 0);
        yield* closeWriter(second);
        yield* closeServer(clumsy);
        yield* allClosed();
      },
      { reports: true },
    );
    assert.equal(String(on.reports.at(-1)!.exception), 'RuntimeError: dropped');
  });

  test('closeClients says goodbye, also to a client in its handshake', () =>
    on.run(function* () {
      const here = new Future<void>();
      const bar = yield* serveTls(function* (reader, writer) {
        here.setResult();
        yield* reader.read();
        yield* closeWriter(writer);
      });
      const [reader, writer] = yield* connectTls(bar);
      const [plainReader, plain] = yield* connect(bar);
      yield* here;
      bar.closeClients();
      assert.equal((yield* reader.read()).length, 0);
      assert.equal(tlsOf(writer).truncated, false);
      yield* closeWriter(writer);
      yield* thrownBy(
        (function* () {
          yield* plainReader.read();
          throw new RuntimeError('the end');
        })(),
      );
      plain.close();
      yield* closeServer(bar);
      yield* allClosed();
    }));
});

/** Gives Node's own callbacks a turn. */
function* nodeTurn() {
  const loop = getRunningLoop();
  const turn = loop.createFuture<void>();
  setImmediate(() => loop.callSoonThreadsafe(() => turn.setResult()));
  yield* turn;
}
