import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createSecureContext } from 'node:tls';
import { fileURLToPath } from 'node:url';
import {
  createTask,
  Future,
  gather,
  getRunningLoop,
  openUnixConnection,
  Protocol,
  SendfileNotAvailableError,
  type StreamReader,
  type StreamWriter,
  startUnixServer,
  type Transport,
} from 'tsyncio';
import { closeServer, closeWriter, echo, onEachDriver, portOf, thrownBy } from './drivers.ts';
import { ca, cellar, client, connectTls, server, serveTls, tlsOf } from './tls-fixtures.ts';

onEachDriver((on) => {
  test('echo, and what is known about the connection', () =>
    on.run(function* () {
      const bar = yield* serveTls(echo);
      const [reader, writer] = yield* connectTls(bar);
      writer.write(Buffer.from('hello\n'));
      assert.equal(String(yield* reader.readLine()), 'hello\n');
      const info = tlsOf(writer);
      assert.equal(info.protocol, 'TLSv1.3');
      assert.equal(info.authorized, true);
      assert.equal(info.peerCertificate!.subject.CN, 'localhost');
      assert.equal(writer.getExtraInfo<{ version: string }>('cipher')!.version, 'TLSv1.3');
      assert.equal(writer.getExtraInfo('peercert'), info.peerCertificate);
      assert.equal(writer.getExtraInfo<{ port: number }>('peername')!.port, portOf(bar));
      assert.equal(writer.getExtraInfo('alpnProtocol', 'none'), 'none');
      yield* closeWriter(writer);
      assert.equal(writer.getExtraInfo('tls'), info);
      assert.equal(info.truncated, false);
      yield* closeServer(bar);
    }));

  test('8 MiB there and back, through flow control on both sides', () =>
    on.run(function* () {
      const bar = yield* serveTls(echo);
      const [reader, writer] = yield* connectTls(bar);
      const block = Buffer.alloc(256 * 1024);
      for (let i = 0; i < block.length; i += 1) block[i] = (i * 31 + (i >> 8)) & 255;
      const sent = createHash('sha256');
      const sending = createTask(
        (function* () {
          for (let i = 0; i < 32; i += 1) {
            const part = Buffer.from(block);
            part.writeUInt32BE(i, 0);
            sent.update(part);
            writer.write(part);
            yield* writer.drain();
          }
          writer.writeEof();
        })(),
      );
      const received = createHash('sha256');
      let count = 0;
      for (;;) {
        const data = yield* reader.read(65_536);
        if (data.length === 0) break;
        count += data.length;
        received.update(data);
      }
      yield* sending;
      assert.equal(count, 8 * 1024 * 1024);
      assert.equal(received.digest('hex'), sent.digest('hex'));
      yield* closeWriter(writer);
      yield* closeServer(bar);
    }));

  test('many at once, with writes of all sizes', () =>
    on.run(function* () {
      const bar = yield* serveTls(echo);
      const one = function* (i: number) {
        const [reader, writer] = yield* connectTls(bar);
        const parts = Array.from({ length: 30 }, (_, k) => Buffer.alloc((k * k * 97 + i) % 40_000, 97 + k));
        // What is written must be free to be changed, up to 16 KiB.
        for (const part of parts) {
          const copy = Buffer.from(part);
          writer.write(copy);
          if (copy.length <= 16_384) copy.fill(0);
        }
        const all = Buffer.concat(parts);
        assert.ok((yield* reader.readExactly(all.length)).equals(all));
        yield* closeWriter(writer);
      };
      yield* gather(Array.from({ length: 10 }, (_, i) => one(i)));
      yield* closeServer(bar);
    }));

  test('ALPN: the server’s preference', () =>
    on.run(function* () {
      const protocols: unknown[] = [];
      const bar = yield* serveTls(
        function* (_reader, writer) {
          protocols.push(tlsOf(writer).alpnProtocol);
          yield* closeWriter(writer);
        },
        { ...server, ALPNProtocols: ['h2', 'http/1.1'] },
      );
      const [reader, writer] = yield* connectTls(bar, { ca, ALPNProtocols: ['http/1.1', 'h2'] });
      assert.equal(writer.getExtraInfo('alpnProtocol'), 'h2');
      yield* reader.read();
      yield* closeWriter(writer);
      assert.deepEqual(protocols, ['h2']);
      yield* closeServer(bar);
    }));

  test('SNI: contexts by name, by callback, and a ready context', () =>
    on.run(function* () {
      const names: unknown[] = [];
      const tell = function* (_reader: StreamReader, writer: StreamWriter) {
        names.push(tlsOf(writer).servername);
        yield* closeWriter(writer);
      };
      const subjectFor = function* (bar: Parameters<typeof portOf>[0], serverHostname: string) {
        const [reader, writer] = yield* connectTls(bar, { ca }, { serverHostname });
        yield* reader.read();
        yield* closeWriter(writer);
        return tlsOf(writer).peerCertificate!.subject.CN;
      };
      const byName = yield* serveTls(tell, { ...server, contexts: { 'cellar.example': cellar } });
      assert.equal(yield* subjectFor(byName, 'cellar.example'), 'cellar.example');
      assert.equal(yield* subjectFor(byName, 'bar.example'), 'localhost');
      assert.equal(yield* subjectFor(byName, '127.0.0.1'), 'localhost');
      assert.deepEqual(names, ['cellar.example', 'bar.example', undefined]);
      const byCallback = yield* serveTls(tell, {
        ...server,
        SNICallback: (name, done) => {
          const context = name === 'cellar.example' ? createSecureContext(cellar) : undefined;
          // Node's side may take its time.
          setImmediate(() => done(null, context));
        },
      });
      assert.equal(yield* subjectFor(byCallback, 'cellar.example'), 'cellar.example');
      assert.equal(yield* subjectFor(byCallback, 'bar.example'), 'localhost');
      const ready = yield* serveTls(tell, { secureContext: createSecureContext(cellar) });
      assert.equal(yield* subjectFor(ready, 'cellar.example'), 'cellar.example');
      for (const one of [byName, byCallback, ready]) yield* closeServer(one);
    }));

  test('client certificates', () =>
    on.run(function* () {
      const seen: unknown[] = [];
      const bar = yield* serveTls(
        function* (_reader, writer) {
          const { authorized, peerCertificate } = tlsOf(writer);
          seen.push(authorized, peerCertificate?.subject.CN);
          writer.write(Buffer.from('come in'));
          yield* closeWriter(writer);
        },
        { ...server, ca, requestCert: true },
      );
      const [reader, writer] = yield* connectTls(bar, { ca, ...client });
      assert.equal(String(yield* reader.read()), 'come in');
      yield* closeWriter(writer);
      assert.deepEqual(seen, [true, 'Ann']);
      yield* closeServer(bar);
    }));

  test('a session is resumed, with TLS 1.3 and 1.2', () =>
    on.run(function* () {
      const bar = yield* serveTls(echo);
      for (const maxVersion of ['TLSv1.3', 'TLSv1.2'] as const) {
        const given = new Future<Buffer>();
        const onSession = (session: Buffer): void => {
          if (!given.done()) given.setResult(session);
        };
        const [, first] = yield* connectTls(bar, { ca, maxVersion, onSession });
        assert.equal(tlsOf(first).sessionReused, false);
        const session = yield* given;
        assert.ok(first.getExtraInfo<Buffer>('session')!.length > 0);
        yield* closeWriter(first);
        const [reader, second] = yield* connectTls(bar, { ca, maxVersion, session });
        assert.equal(tlsOf(second).sessionReused, true);
        assert.equal(tlsOf(second).authorized, true);
        second.write(Buffer.from('again\n'));
        assert.equal(String(yield* reader.readLine()), 'again\n');
        yield* closeWriter(second);
      }
      yield* closeServer(bar);
    }));

  test('over a unix socket', () =>
    on.run(function* () {
      const path = `\0tsyncio-tls-${process.pid}-${on.io}`;
      const bar = yield* startUnixServer(echo, path, { tls: server });
      const [reader, writer] = yield* openUnixConnection(path, { tls: { ca }, serverHostname: 'bar.example' });
      writer.write(Buffer.from('hello\n'));
      assert.equal(String(yield* reader.readLine()), 'hello\n');
      yield* closeWriter(writer);
      yield* closeServer(bar);
    }));

  test('a protocol is told in order; pauseReading holds everything, the end too', () =>
    on.run(function* () {
      const lost = new Future<Error | undefined>();
      const events: string[] = [];
      class Recorder extends Protocol {
        text = '';
        override connectionMade(transport: Transport): void {
          events.push(`made ${transport.isReading()}`);
        }
        override dataReceived(data: Buffer): void {
          this.text += String(data);
        }
        override eofReceived(): boolean {
          events.push('eof');
          return false;
        }
        override connectionLost(error: Error | undefined): void {
          lost.setResult(error);
        }
      }
      const bar = yield* serveTls(function* (reader, writer) {
        yield* reader.readExactly(1);
        for (let i = 0; i < 50; i += 1) writer.write(Buffer.from(`${i},`.repeat(300)));
        yield* closeWriter(writer);
      });
      const options = { host: 'localhost', port: portOf(bar), family: 4 as const, tls: { ca } };
      const [transport, protocol] = yield* getRunningLoop().createConnection(() => new Recorder(), options);
      assert.equal(transport.getProtocol(), protocol);
      transport.pauseReading();
      transport.write(Buffer.from('x'));
      const loop = getRunningLoop();
      for (let i = 0; i < 20; i += 1) {
        const turn = new Future<void>();
        setImmediate(() => loop.callSoonThreadsafe(() => turn.setResult()));
        yield* turn;
      }
      assert.equal(protocol.text, '');
      transport.resumeReading();
      assert.equal(yield* lost, undefined);
      assert.equal(protocol.text, Array.from({ length: 50 }, (_, i) => `${i},`.repeat(300)).join(''));
      assert.deepEqual(events, ['made true', 'eof']);
      yield* closeServer(bar);
    }));

  test('water marks count plaintext and ciphertext', () =>
    on.run(function* () {
      const marks: string[] = [];
      const lost = new Future<void>();
      class Writer extends Protocol {
        override pauseWriting(): void {
          marks.push('pause');
        }
        override resumeWriting(): void {
          marks.push('resume');
        }
        override connectionLost(): void {
          lost.setResult();
        }
      }
      const bar = yield* serveTls(function* (reader, writer) {
        assert.equal((yield* reader.read()).length, 1_000_000);
        yield* closeWriter(writer);
      });
      const options = { host: '127.0.0.1', port: portOf(bar), tls: { ca } };
      const [transport] = yield* getRunningLoop().createConnection(() => new Writer(), options);
      assert.deepEqual(transport.getWriteBufferLimits(), { low: 16_384, high: 65_536 });
      transport.write(Buffer.alloc(1_000_000));
      assert.deepEqual(marks, ['pause']);
      assert.ok(transport.getWriteBufferSize() >= 1_000_000);
      transport.writeEof();
      assert.throws(() => transport.write(Buffer.from('late')), /write after writeEof/);
      yield* lost;
      assert.deepEqual(marks, ['pause', 'resume']);
      yield* closeServer(bar);
    }));

  test('sendfile reads and writes: the system cannot encrypt', () =>
    on.run(function* () {
      const file = openSync(new URL(import.meta.url), 'r');
      const text = readFileSync(new URL(import.meta.url));
      try {
        const bar = yield* serveTls(function* (_reader, writer) {
          const loop = getRunningLoop();
          assert.equal(yield* loop.sendfile(writer.transport, file), text.length);
          const strict = loop.sendfile(writer.transport, file, { fallback: false });
          assert.ok((yield* thrownBy(strict)) instanceof SendfileNotAvailableError);
          yield* closeWriter(writer);
        });
        const [reader, writer] = yield* connectTls(bar);
        assert.ok((yield* reader.read()).equals(text));
        yield* closeWriter(writer);
        yield* closeServer(bar);
      } finally {
        closeSync(file);
      }
    }));
});

test('the authorities of NODE_EXTRA_CA_CERTS are trusted', () => {
  const script = `
    import { readFileSync } from 'node:fs';
    import { openConnection, run, startServer } from 'tsyncio';
    const tls = { key: readFileSync('server.key'), cert: readFileSync('server.pem') };
    await run(function* () {
      const bar = yield* startServer((_reader, writer) => writer.close(), { host: '127.0.0.1', port: 0, tls });
      const { port } = bar.sockets[0].getsockname();
      const [reader, writer] = yield* openConnection({ host: '127.0.0.1', port, tls: true });
      console.log(writer.getExtraInfo('tls').authorized);
      yield* reader.read();
      writer.close();
      yield* writer.waitClosed();
      bar.close();
      yield* bar.waitClosed();
    });
  `;
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const words = ['--conditions=@tsyncio/source', '--import', 'tsx', '--input-type=module', '-e', script];
  const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/tls/${name}`, import.meta.url));
  const env = { ...process.env, NODE_OPTIONS: '', NODE_EXTRA_CA_CERTS: fixture('ca.pem') };
  words[words.length - 1] = script.replace(/'(server\.(?:key|pem))'/g, (_all, name) => JSON.stringify(fixture(name)));
  const child = spawnSync(process.execPath, words, { cwd: root, env, encoding: 'utf8' });
  assert.equal(child.stdout, 'true\n', child.stderr);
});
