/** Real programs at the other end: openssl and curl where they are installed, and node:tls. */
import assert from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { connect as nodeConnect, createServer as nodeServer } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { type Coroutine, wrapFuture } from 'tsyncio';
import { closeServer, closeWriter, echo, onEachDriver, portOf } from './drivers.ts';
import { ca, client, connectTls, server, serveTls, tlsOf } from './tls-fixtures.ts';

const path = (name: string): string => fileURLToPath(new URL(`../fixtures/tls/${name}`, import.meta.url));
const missing = (program: string, word: string): string | false =>
  spawnSync(program, [word]).status === 0 ? false : `${program} is not installed`;
const noOpenssl = missing('openssl', 'version');
const noCurl = missing('curl', '--version');

/** What a program prints until it ends, and its exit code. */
async function outcome(child: ChildProcessWithoutNullStreams): Promise<{ text: string; code: number }> {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (text += String(data)));
  const [code] = (await once(child, 'close')) as [number];
  return { text, code };
}

async function printed(child: ChildProcessWithoutNullStreams, wanted: RegExp): Promise<string> {
  let text = '';
  for await (const data of child.stdout) {
    text += String(data);
    if (wanted.test(text)) return text;
  }
  throw new Error(`it ended before ${wanted} came: ${text}`);
}

const texts = new WeakMap<ChildProcessWithoutNullStreams, string>();

/** Waits until what the program has printed so far, on both its ends, is as wanted; it goes on. */
async function seen(child: ChildProcessWithoutNullStreams, wanted: RegExp): Promise<void> {
  if (!texts.has(child)) {
    texts.set(child, '');
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (data) => {
        texts.set(child, texts.get(child)! + String(data));
        child.emit('printed');
      });
    }
  }
  while (!wanted.test(texts.get(child)!)) await once(child, 'printed');
}

/** Until it is gone, and its pipes are closed. */
function* killed(child: ChildProcessWithoutNullStreams): Coroutine<void> {
  const closed = once(child, 'close');
  child.kill();
  yield* wrapFuture(closed);
}

onEachDriver((on) => {
  test('openssl s_client, with a certificate', { skip: noOpenssl }, () =>
    on.run(function* () {
      const bar = yield* serveTls(echo, { ...server, ca, requestCert: true, ALPNProtocols: ['bar/1'] });
      const own = ['-cert', path('client.pem'), '-key', path('client.key'), '-alpn', 'bar/1'];
      const trust = ['-CAfile', path('ca.pem'), '-verify_return_error', '-verify_hostname', 'bar.example'];
      const child = spawn('openssl', ['s_client', '-connect', `127.0.0.1:${portOf(bar)}`, ...own, ...trust, '-quiet']);
      child.stdin.write('hello, openssl\n');
      yield* wrapFuture(printed(child, /hello, openssl\n/));
      child.stdin.end();
      yield* killed(child);
      yield* closeServer(bar);
    }),
  );

  test('openssl s_client changes its keys, and has ours changed', { skip: noOpenssl }, () =>
    on.run(function* () {
      const bar = yield* serveTls(echo);
      const child = spawn('openssl', ['s_client', '-connect', `127.0.0.1:${portOf(bar)}`, '-tls1_3']);
      for (const [line, answer] of [
        ['hello\n', /^hello$/m],
        ['k\n', /KEYUPDATE/],
        ['again\n', /^again$/m],
        ['K\n', /KEYUPDATE(.|\n)*KEYUPDATE/],
        ['for good\n', /^for good$/m],
      ] as const) {
        child.stdin.write(line);
        yield* wrapFuture(seen(child, answer));
      }
      yield* killed(child);
      yield* closeServer(bar);
    }),
  );

  test('openssl s_server', { skip: noOpenssl }, () =>
    on.run(function* () {
      const own = ['-cert', path('server.pem'), '-key', path('server.key')];
      const child = spawn('openssl', ['s_server', '-accept', '127.0.0.1:0', ...own, '-rev']);
      const text = yield* wrapFuture(printed(child, /ACCEPT 127\.0\.0\.1:\d+\n/));
      const port = Number(/ACCEPT 127\.0\.0\.1:(\d+)/.exec(text)![1]);
      const [reader, writer] = yield* connectTls({ sockets: [{ getsockname: () => ({ port }) }] } as never);
      writer.write(Buffer.from('hello\n'));
      assert.equal(String(yield* reader.readLine()), 'olleh\n');
      yield* closeWriter(writer);
      yield* killed(child);
    }),
  );

  test('curl: an answer, and a refusal', { skip: noCurl }, () =>
    on.run(function* () {
      const bar = yield* serveTls(function* (reader, writer) {
        yield* reader.readUntil(Buffer.from('\r\n\r\n'));
        writer.write(Buffer.from('HTTP/1.0 200 OK\r\n\r\n'));
        for (let i = 0; i < 40; i += 1) {
          writer.write(Buffer.alloc(10_000, 97));
          yield* writer.drain();
        }
        yield* closeWriter(writer);
      });
      const url = `https://localhost:${portOf(bar)}/`;
      const ask = (...words: string[]): Coroutine<{ text: string; code: number }> =>
        wrapFuture(outcome(spawn('curl', ['-sS', '--noproxy', '*', '-4', ...words, url])))[Symbol.iterator]();
      const answer = yield* ask('--cacert', path('ca.pem'));
      assert.deepEqual([answer.code, answer.text.length], [0, 400_000]);
      const refused = yield* ask();
      assert.equal(refused.code, 60, refused.text);
      yield* closeServer(bar);
    }),
  );

  test('node:tls as the client, and as the server', () =>
    on.run(function* () {
      const bar = yield* serveTls(echo);
      const socket = nodeConnect({ host: '127.0.0.1', port: portOf(bar), ca });
      socket.end('hello, node');
      let text = '';
      socket.on('data', (data) => (text += String(data)));
      yield* wrapFuture(once(socket, 'close'));
      assert.equal(text, 'hello, node');
      yield* closeServer(bar);
      const other = nodeServer({ ...server, ca, requestCert: true }, (peer) => {
        // Not at once: a write that is still on its way makes Node forget its goodbye.
        peer.once('data', () => peer.end(`hello, ${peer.getPeerCertificate().subject.CN}`));
      });
      other.listen(0, '127.0.0.1');
      yield* wrapFuture(once(other, 'listening'));
      const { port } = other.address() as { port: number };
      const to = { sockets: [{ getsockname: () => ({ port }) }] } as never;
      const [reader, writer] = yield* connectTls(to, { ca, ...client });
      writer.write(Buffer.from('who am I?'));
      assert.equal(String(yield* reader.read()), 'hello, Ann');
      assert.equal(tlsOf(writer).truncated, false);
      yield* closeWriter(writer);
      other.close();
      yield* wrapFuture(once(other, 'close'));
    }));
});
