import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  BufferedProtocol,
  ContextVar,
  Future,
  getRunningLoop,
  type InetAddress,
  openConnection,
  Protocol,
  sleep,
  startServer,
  type Transport,
  type TransportSocket,
} from 'tsyncio';
import { closeServer, closeWriter, connect, echo, onEachDriver, portOf, serve } from './drivers.ts';

/** Writes down what happens to it. */
class Recorder extends Protocol {
  readonly events: string[] = [];
  readonly lost = new Future<Error | undefined>();
  transport!: Transport;
  data = '';

  override connectionMade(transport: Transport): void {
    this.transport = transport;
    this.events.push('made');
  }

  override dataReceived(data: Buffer): void {
    if (this.events.at(-1) !== 'data') this.events.push('data');
    this.data += String(data);
  }

  override eofReceived(): boolean {
    this.events.push('eof');
    return false;
  }

  override connectionLost(error: Error | undefined): void {
    this.events.push('lost');
    this.lost.setResult(error);
  }

  override pauseWriting(): void {
    this.events.push('pause');
  }

  override resumeWriting(): void {
    this.events.push('resume');
  }
}

onEachDriver((on) => {
  test('a protocol is told in order, connectionLost once', () =>
    on.run(function* () {
      const loop = getRunningLoop();
      const server = yield* serve(echo);
      const options = { host: '127.0.0.1', port: portOf(server) };
      const [transport, protocol] = yield* loop.createConnection(() => new Recorder(), options);
      assert.deepEqual(protocol.events, ['made']);
      assert.equal(transport.getProtocol(), protocol);
      transport.write(Buffer.from('hello'));
      transport.writeEof();
      assert.equal(yield* protocol.lost, undefined);
      assert.deepEqual(protocol.events, ['made', 'data', 'eof', 'lost']);
      assert.equal(protocol.data, 'hello');
      assert.equal(transport.isClosing(), true);
      transport.close();
      transport.abort();
      yield* sleep(0);
      assert.equal(protocol.events.length, 4);
      yield* closeServer(server);
    }));

  test('createServer makes a protocol for each connection', () =>
    on.run(function* () {
      const protocols: Recorder[] = [];
      const make = (): Recorder => {
        const protocol = new Recorder();
        protocols.push(protocol);
        return protocol;
      };
      const server = yield* getRunningLoop().createServer(make, { host: '127.0.0.1', port: 0 });
      for (let i = 0; i < 3; i += 1) {
        const [, writer] = yield* connect(server);
        writer.write(Buffer.from(`${i}`));
        yield* closeWriter(writer);
      }
      yield* closeServer(server);
      assert.deepEqual(
        protocols.map(({ data, events }) => [data, ...events]),
        [0, 1, 2].map((i) => [`${i}`, 'made', 'data', 'eof', 'lost']),
      );
    }));

  test('names, sockets', () =>
    on.run(function* () {
      const server = yield* serve(echo);
      const port = portOf(server);
      const [, writer] = yield* connect(server);
      assert.deepEqual(writer.getExtraInfo('peername'), { family: 4, host: '127.0.0.1', port });
      const own = writer.getExtraInfo<InetAddress>('sockname')!;
      const socket = writer.getExtraInfo<TransportSocket>('socket')!;
      assert.deepEqual(socket.getsockname(), own);
      assert.ok(socket.fileno() > 2);
      assert.equal(writer.getExtraInfo('cipher', 'none'), 'none');
      yield* closeWriter(writer);
      assert.equal(socket.fileno(), -1);
      assert.deepEqual(writer.getExtraInfo('sockname'), own);
      yield* closeServer(server);
    }));

  test('pauseReading: nothing is delivered, nothing is lost', () =>
    on.run(function* () {
      const loop = getRunningLoop();
      const server = yield* serve(function* (reader, writer) {
        yield* reader.readExactly(1);
        for (let i = 0; i < 100; i += 1) {
          writer.write(Buffer.alloc(1_000, 97 + (i % 26)));
          yield* writer.drain();
        }
        yield* closeWriter(writer);
      });
      const options = { host: '127.0.0.1', port: portOf(server) };
      const [transport, protocol] = yield* loop.createConnection(() => new Recorder(), options);
      transport.write(Buffer.from('x'));
      while (!protocol.lost.done()) {
        transport.pauseReading();
        const before = protocol.data.length;
        yield* sleep(0);
        yield* sleep(0);
        assert.equal(protocol.data.length, before);
        transport.resumeReading();
        // Also with a resume that comes before the pause has taken effect.
        transport.pauseReading();
        transport.resumeReading();
        yield* sleep(0);
        yield* sleep(0);
      }
      const wanted = Array.from({ length: 100 }, (_, i) => String.fromCharCode(97 + (i % 26)).repeat(1_000)).join('');
      assert.equal(protocol.data, wanted);
      yield* closeServer(server);
    }));

  test('water marks: pauseWriting above high, resumeWriting at low', () =>
    on.run(function* () {
      const loop = getRunningLoop();
      const server = yield* serve(function* (reader, writer) {
        yield* reader.read();
        yield* closeWriter(writer);
      });
      const options = { host: '127.0.0.1', port: portOf(server) };
      const [transport, protocol] = yield* loop.createConnection(() => new Recorder(), options);
      assert.deepEqual(transport.getWriteBufferLimits(), { low: 16_384, high: 65_536 });
      transport.setWriteBufferLimits({ high: 1_000 });
      assert.deepEqual(transport.getWriteBufferLimits(), { low: 250, high: 1_000 });
      transport.setWriteBufferLimits({ low: 100 });
      assert.deepEqual(transport.getWriteBufferLimits(), { low: 100, high: 400 });
      assert.throws(() => transport.setWriteBufferLimits({ high: 1, low: 2 }), RangeError);
      assert.throws(() => transport.setWriteBufferLimits({ high: -1 }), RangeError);
      transport.write(Buffer.alloc(400));
      assert.deepEqual(protocol.events, ['made']);
      transport.write(Buffer.alloc(1));
      assert.deepEqual(protocol.events, ['made', 'pause']);
      transport.write(Buffer.alloc(100_000));
      assert.equal(transport.getWriteBufferSize(), 100_401);
      transport.writeEof();
      yield* protocol.lost;
      assert.deepEqual(protocol.events, ['made', 'pause', 'resume', 'eof', 'lost']);
      yield* closeServer(server);
    }));

  test('a protocol with memory of its own', () =>
    on.run(function* () {
      const lost = new Future<void>();
      class Own extends BufferedProtocol {
        readonly memory = Buffer.alloc(7);
        text = '';
        getBuffer(sizeHint: number): Uint8Array {
          assert.ok(sizeHint > 0);
          return this.memory;
        }
        bufferUpdated(count: number): void {
          this.text += this.memory.toString('latin1', 0, count);
        }
        override connectionLost(): void {
          lost.setResult();
        }
      }
      const server = yield* serve(function* (_reader, writer) {
        writer.write(Buffer.from('0123456789'.repeat(10)));
        yield* closeWriter(writer);
      });
      const options = { host: '127.0.0.1', port: portOf(server) };
      const [, protocol] = yield* getRunningLoop().createConnection(() => new Own(), options);
      yield* lost;
      assert.equal(protocol.text, '0123456789'.repeat(10));
      yield* closeServer(server);
    }));

  test('a protocol that throws: reported, and the connection is over', async () => {
    await on.run(
      function* () {
        class Clumsy extends Recorder {
          override dataReceived(): void {
            throw new TypeError('dropped');
          }
        }
        const server = yield* serve(echo);
        const options = { host: '127.0.0.1', port: portOf(server) };
        const [transport, protocol] = yield* getRunningLoop().createConnection(() => new Clumsy(), options);
        transport.write(Buffer.from('x'));
        assert.equal(String(yield* protocol.lost), 'TypeError: dropped');
        yield* closeServer(server);
      },
      { reports: true },
    );
    assert.equal(on.reports[0]!.message, 'Fatal error: protocol.dataReceived() call failed.');
    assert.match(String(on.reports[0]!.transport), /StreamTransport/);
  });

  test('a BufferedProtocol that fails is told by the name of the method, and loses the connection', () =>
    on.run(
      function* () {
        const loop = getRunningLoop();
        const server = yield* serve(echo);
        const options = { host: '127.0.0.1', port: portOf(server) };
        const broken = new Error('broken');
        const fail = (): never => {
          throw broken;
        };
        class Whole extends BufferedProtocol {
          override getBuffer = (): Uint8Array => Buffer.alloc(10);
          override bufferUpdated(): void {}
        }
        for (const [method, failing] of [
          ['getBuffer', { getBuffer: fail }],
          ['getBuffer', { getBuffer: () => Buffer.alloc(0) }],
          ['bufferUpdated', { bufferUpdated: fail }],
        ] as const) {
          const lost = new Future<Error | undefined>();
          const connectionLost = (error: Error | undefined): void => lost.setResult(error);
          const make = () => Object.assign(new Whole(), failing, { connectionLost });
          const [transport] = yield* loop.createConnection(make, options);
          transport.write(Buffer.from('hello'));
          const error = yield* lost;
          const report = on.reports.pop()!;
          assert.equal(report.message, `Fatal error: protocol.${method}() call failed.`);
          assert.equal(report.exception, error);
        }
        yield* closeServer(server);
      },
      { reports: true },
    ));

  test('connections run in a copy of the context in which the server was made', () =>
    on.run(function* () {
      const name = new ContextVar<string>('name');
      name.set('server');
      const server = yield* serve(function* (_reader, writer) {
        writer.write(Buffer.from(name.get()));
        name.set('connection');
        yield* closeWriter(writer);
      });
      name.set('client');
      for (let i = 0; i < 2; i += 1) {
        const [reader, writer] = yield* connect(server);
        assert.equal(String(yield* reader.read()), 'server');
        yield* closeWriter(writer);
      }
      yield* closeServer(server);
    }));

  test('IPv6, every interface, names, a local address', () =>
    on.run(function* () {
      const everywhere = yield* startServer(echo, { port: 0 });
      const port = portOf(everywhere);
      const addresses = everywhere.sockets.map((socket) => socket.getsockname());
      assert.deepEqual(addresses[0], { family: 4, host: '0.0.0.0', port });
      // A machine may have no IPv6.
      if (addresses.length > 1) assert.deepEqual(addresses.slice(1), [{ family: 6, host: '::', port }]);
      for (const host of ['127.0.0.1', 'localhost', ...(addresses.length > 1 ? ['::1'] : [])]) {
        const [reader, writer] = yield* openConnection({ host, port });
        writer.write(Buffer.from(`${host}\n`));
        assert.equal(String(yield* reader.readLine()), `${host}\n`);
        yield* closeWriter(writer);
      }
      const [, local] = yield* openConnection({ host: '127.0.0.1', port, localAddr: { host: '127.0.0.9' } });
      assert.equal(local.getExtraInfo<InetAddress>('sockname')!.host, '127.0.0.9');
      yield* closeWriter(local);
      yield* closeServer(everywhere);
    }));
});
