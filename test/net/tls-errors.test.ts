import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CancelledError,
  type Coroutine,
  createTask,
  Future,
  getRunningLoop,
  OSError,
  openUnixConnection,
  type Server,
  startServer,
  TlsError,
  type TlsOptions,
} from 'tsyncio';
import { closeServer, closeWriter, connect, echo, onEachDriver, serve, thrownBy } from './drivers.ts';
import {
  allClosed,
  ca,
  cellar,
  client,
  connectTls,
  expired,
  mallory,
  server,
  serveTls,
  tlsOf,
} from './tls-fixtures.ts';

function* refusal(bar: Server, ...rest: [(TlsOptions | true)?, object?]): Coroutine<TlsError> {
  const error = yield* thrownBy(connectTls(bar, ...rest));
  assert.ok(error instanceof TlsError && error instanceof OSError, String(error));
  return error;
}

onEachDriver((on) => {
  test('certificates that are refused, and why', () =>
    on.run(function* () {
      const bar = yield* serveTls(echo);
      const strange = yield* refusal(bar, true);
      assert.match(strange.code, /^UNABLE_TO_(VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT_LOCALLY)$/);
      assert.equal(strange.host, '127.0.0.1');
      assert.match(strange.message, /^TLS with 127\.0\.0\.1: .*NODE_EXTRA_CA_CERTS/);
      const wrong = yield* refusal(bar, { ca }, { serverHostname: 'cellar.example' });
      assert.deepEqual([wrong.code, wrong.host], ['ERR_TLS_CERT_ALTNAME_INVALID', 'cellar.example']);
      assert.match(wrong.message, /`serverHostname`/);
      yield* closeServer(bar);
      for (const [own, code] of [
        [expired, 'CERT_HAS_EXPIRED'],
        [mallory, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
      ] as const) {
        const other = yield* serveTls(echo, own);
        assert.equal((yield* refusal(other)).code, code);
        yield* closeServer(other);
      }
      yield* allClosed();
    }));

  test('what is refused by default can be allowed', () =>
    on.run(function* () {
      const bar = yield* serveTls(echo, cellar);
      const [, loose] = yield* connectTls(bar, { rejectUnauthorized: false });
      assert.equal(tlsOf(loose).authorized, false);
      assert.match(tlsOf(loose).authorizationError!, /^UNABLE_TO/);
      yield* closeWriter(loose);
      const [, unnamed] = yield* connectTls(bar, { ca }, { serverHostname: '' });
      assert.equal(tlsOf(unnamed).authorized, true);
      yield* closeWriter(unnamed);
      const pinned = { ca, checkServerIdentity: () => new Error('not the one I know') };
      assert.match(String(yield* refusal(bar, pinned)), /not the one I know/);
      yield* closeServer(bar);
      yield* allClosed();
    }));

  test('client certificates that are missing or not trusted', () =>
    on.run(function* () {
      let served = 0;
      const bar = yield* serveTls(
        function* (_reader, writer) {
          served += 1;
          yield* closeWriter(writer);
        },
        { ...server, ca, requestCert: true },
      );
      // With TLS 1.2 the client learns it in the handshake, with TLS 1.3 when it reads.
      for (const own of [{}, mallory]) {
        assert.ok(yield* refusal(bar, { ca, maxVersion: 'TLSv1.2', ...own }));
        const error = yield* thrownBy(
          (function* () {
            const [reader, writer] = yield* connectTls(bar, { ca, ...own });
            try {
              yield* reader.read();
              // Closed without a word, and not by the handler.
              throw new Error(`truncated: ${tlsOf(writer).truncated}`);
            } finally {
              writer.close();
            }
          })(),
        );
        assert.ok(error instanceof OSError || /truncated: true/.test(String(error)), String(error));
      }
      assert.equal(served, 0);
      yield* closeServer(bar);
      yield* allClosed();
    }));

  test('no protocol in common (ALPN), no version in common', () =>
    on.run(function* () {
      const bar = yield* serveTls(echo, { ...server, ALPNProtocols: ['h2'] });
      assert.match((yield* refusal(bar, { ca, ALPNProtocols: ['smtp'] })).code, /ALERT_NO_APPLICATION_PROTOCOL$/);
      yield* closeServer(bar);
      const modern = yield* serveTls(echo, { ...server, minVersion: 'TLSv1.3' });
      assert.match((yield* refusal(modern, { ca, maxVersion: 'TLSv1.2' })).message, /in common$/);
      yield* closeServer(modern);
      yield* allClosed();
    }));

  test('peers that speak no TLS, at both ends', () =>
    on.run(function* () {
      const plain = yield* serve(function* (_reader, writer) {
        writer.write(Buffer.from('220 mail.example ESMTP\r\n'));
        yield* closeWriter(writer);
      });
      const error = yield* refusal(plain);
      assert.equal(error.code, 'ERR_SSL_WRONG_VERSION_NUMBER');
      assert.match(error.message, /startTls/);
      yield* closeServer(plain);
      const silent = yield* serve(function* (_reader, writer) {
        yield* closeWriter(writer);
      });
      assert.equal((yield* refusal(silent)).code, 'ECONNRESET');
      yield* closeServer(silent);
      let served = 0;
      const bar = yield* serveTls(() => {
        served += 1;
      });
      const [reader, writer] = yield* connect(bar);
      writer.write(Buffer.from('GET / HTTP/1.0\r\n\r\n'));
      // An alert, and the end; or a reset that overtook both.
      yield* thrownBy(
        (function* () {
          yield* reader.read();
          throw new Error('the end');
        })(),
      );
      writer.close();
      assert.equal(served, 0);
      yield* closeServer(bar);
      yield* allClosed();
    }));

  test('a peer that says nothing: the handshake times out, at both ends', () =>
    on.run(function* () {
      const deaf = yield* serve(function* (reader, writer) {
        yield* thrownBy(readToTheEnd(reader));
        writer.close();
      });
      const error = yield* refusal(deaf, { ca }, { tlsHandshakeTimeout: 5 });
      assert.equal(error.code, 'ERR_TLS_HANDSHAKE_TIMEOUT');
      assert.match(error.message, /no handshake within 5 ms/);
      yield* closeServer(deaf);
      const bar = yield* serve(echo, { tls: server, tlsHandshakeTimeout: 5 });
      const [reader, writer] = yield* connect(bar);
      const end = yield* thrownBy(readToTheEnd(reader));
      assert.match(String(end), /ECONNRESET|the end/);
      writer.close();
      yield* closeServer(bar);
      yield* allClosed();
    }));

  test('a peer that never says goodbye: close gives up after the timeout', () =>
    on.run(function* () {
      const over = new Future<void>();
      const bar = yield* serveTls(function* (reader, writer) {
        yield* over;
        // The end, or the reset that came behind it.
        yield* thrownBy(
          (function* () {
            yield* reader.read();
            yield* closeWriter(writer);
            throw new Error('closed in order');
          })(),
        );
      });
      const [, writer] = yield* connectTls(bar, { ca }, { tlsShutdownTimeout: 5 });
      writer.close();
      const error = yield* thrownBy(writer.waitClosed());
      assert.equal((error as TlsError).code, 'ERR_TLS_SHUTDOWN_TIMEOUT');
      over.setResult();
      yield* closeServer(bar);
    }));

  test('a cancel during the handshake leaves nothing', () =>
    on.run(function* () {
      const here = new Future<void>();
      const deaf = yield* serve(function* (reader, writer) {
        yield* reader.readExactly(1);
        here.setResult();
        yield* thrownBy(readToTheEnd(reader));
        writer.close();
      });
      const task = createTask(connectTls(deaf));
      yield* here;
      task.cancel();
      assert.ok((yield* thrownBy(task)) instanceof CancelledError);
      yield* closeServer(deaf);
      yield* allClosed();
    }));

  test('the exception handler hears nothing of failed handshakes, in debug mode it does', async () => {
    await on.run(
      function* () {
        getRunningLoop().setDebug(true);
        const bar = yield* serveTls(echo);
        yield* refusal(bar, {
          ca,
          maxVersion: 'TLSv1.2',
          minVersion: 'TLSv1.2',
          ciphers: 'ECDHE-RSA-AES128-GCM-SHA256',
        });
        yield* closeServer(bar);
        yield* allClosed();
      },
      { reports: true },
    );
    assert.ok(on.reports.some(({ message }) => message === 'TLS handshake failed'));
  });

  test('bad options', () =>
    on.run(function* () {
      const bad = (options: object) => thrownBy(connectTls({ sockets: [PORT_1] } as never, true, options as never));
      assert.match(String(yield* bad({ tls: 5 })), /TypeError.*tls must be true or an object/);
      assert.match(String(yield* bad({ serverHostname: 5 })), /TypeError.*serverHostname must be a string/);
      assert.match(String(yield* bad({ tls: false, serverHostname: 'x' })), /RangeError.*only with tls/);
      assert.match(String(yield* bad({ tls: undefined, tlsHandshakeTimeout: 5 })), /RangeError.*only with tls/);
      assert.match(String(yield* bad({ tlsShutdownTimeout: -1 })), /RangeError.*positive number/);
      assert.match(String(yield* bad({ tls: { ca: 'nonsense', cert: 'nonsense' } })), /TlsError/);
      assert.match(String(yield* thrownBy(startServer(echo, { port: 0, tls: true as never }))), /needs a certificate/);
      const wrongKey = { key: client.key, cert: server.cert };
      assert.equal(((yield* thrownBy(serveTls(echo, wrongKey))) as TlsError).name, 'TlsError');
      assert.match(String(yield* thrownBy(openUnixConnection('/x', { tls: true }))), /needs serverHostname/);
    }));
});

const PORT_1 = { getsockname: () => ({ port: 1 }) };

function* readToTheEnd(reader: { read(): Coroutine<Buffer> }): Coroutine<never> {
  yield* reader.read();
  throw new Error('the end');
}
