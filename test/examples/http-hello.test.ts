import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { parseHead, Refusal } from '../../examples/http-hello/request.ts';
import { onEachDriver } from '../net/drivers.ts';
import { peer, serving, without } from './peers.ts';

const EXAMPLE = 'http-hello.ts';

/** Sends bytes as they are and gives everything that comes until the server closes. */
async function exchange(port: string, text: string): Promise<string> {
  const socket = connect(Number(port), '127.0.0.1').setEncoding('latin1');
  let answer = '';
  socket.on('data', (data) => (answer += data));
  socket.write(text, 'latin1');
  await once(socket, 'end');
  socket.destroy();
  return answer;
}

const statuses = (answer: string): string[] => [...answer.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map((match) => match[1]!);

onEachDriver(({ io }) => {
  test(
    'curl: one connection for several requests, HEAD, a body that waits for "continue"',
    {
      skip: without('curl'),
    },
    () =>
      serving(io, EXAMPLE, ['0'], (port) => {
        const url = `http://127.0.0.1:${port}/`;
        const two = peer('curl', ['-sS', '-w', '%{num_connects} ', url, `${url}Ann`]);
        assert.equal(two, 'Hello, world!\n1 Hello, Ann!\n0 ');
        assert.match(
          peer('curl', ['-sSI', `${url}Ann`]),
          /^HTTP\/1\.1 200 OK\r\n.*\r\ncontent-length: 12\r\n.*\r\n\r\n$/s,
        );
        const body = Buffer.alloc(1024 * 1024, 'x');
        const post = ['-sS', '-H', 'Expect: 100-continue', '--data-binary', '@-', url];
        assert.equal(peer('curl', post, body), 'Hello, world!\n');
        assert.equal(
          peer('curl', ['-sS', '-w', '%{http_code}', ...post], Buffer.alloc(1024 * 1024 + 1)).slice(-3),
          '413',
        );
        assert.equal(peer('curl', ['-sS', '--http1.0', `${url}old`]), 'Hello, old!\n');
      }),
  );

  test('ab and wrk find no failed request', { skip: without('ab', 'wrk') }, () =>
    serving(io, EXAMPLE, ['0'], (port) => {
      const url = `http://127.0.0.1:${port}/`;
      for (const words of [['-k'], []]) {
        const told = peer('ab', ['-q', '-n', '1000', '-c', '50', ...words, url]);
        assert.match(told, /Complete requests: +1000\n/);
        assert.match(told, /Failed requests: +0\n/);
        assert.doesNotMatch(told, /Non-2xx/);
      }
      const told = peer('wrk', ['-c', '64', '-t', '1', '-d', '1', url]);
      assert.match(told, / [1-9]\d* requests in /);
      assert.doesNotMatch(told, /Socket errors|Non-2xx/);
    }),
  );

  test('nc and socat: pipelined requests are answered in order', { skip: without('nc', 'socat') }, () =>
    serving(io, EXAMPLE, ['0'], (port) => {
      const last = 'GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
      const names = Array.from({ length: 200 }, (_, i) => `guest-${i}`);
      const requests = names.map((name) => `GET /${name} HTTP/1.1\r\nHost: x\r\n\r\n`).join('') + last;
      const expected = [...names, 'last'].map((name) => `Hello, ${name}!`);
      const [nc, socat] = [
        peer('nc', ['127.0.0.1', port], requests),
        peer('socat', ['-t', '30', '-b', '7', '-', `TCP:127.0.0.1:${port}`], requests),
      ];
      for (const answer of [nc, socat]) assert.deepEqual(answer.match(/^Hello, .*!$/gm), expected);
    }),
  );

  test('what is malformed, too long or too slow is refused, and the server goes on', () =>
    serving(io, EXAMPLE, ['0', '200'], async (port) => {
      const good = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
      assert.deepEqual(statuses(await exchange(port, `${good}NONSENSE\r\n\r\n${good}`)), ['200', '400']);
      assert.deepEqual(statuses(await exchange(port, `GET / HTTP/1.1\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`)), ['431']);
      assert.deepEqual(statuses(await exchange(port, `GET / HTTP/1.1\r\nx: ${'y'.repeat(100_000)}`)), ['431']);
      const idle = connect(Number(port), '127.0.0.1');
      idle.on('error', (error: NodeJS.ErrnoException) => assert.equal(error.code, 'ECONNRESET')).resume();
      idle.write('GET / HT');
      await new Promise((resolve) => idle.on('close', resolve));
      assert.deepEqual(statuses(await exchange(port, 'GET / HTTP/1.0\r\n\r\n')), ['200']);
    }));
});

test('parseHead refuses what two readers could understand differently', () => {
  const statusOf = (...lines: string[]): number => {
    try {
      parseHead(lines.join('\r\n'));
    } catch (error) {
      if (error instanceof Refusal) return error.status;
      throw error;
    }
    return 200;
  };
  const get = 'GET / HTTP/1.1';
  const table: [number, ...string[]][] = [
    [200, get, 'Host: x'],
    [200, get, 'host:x', 'Content-Length: 10'],
    [200, 'GET / HTTP/1.0'],
    [400, get],
    [400, get, 'Host: x', 'Host: y'],
    [400, get, 'Host: x', 'Content-Length: 1', 'Content-Length: 2'],
    [400, get, 'Host: x', 'Content-Length: +1'],
    [400, get, 'Host: x', 'Content-Length: 1', 'Transfer-Encoding: chunked'],
    [501, get, 'Host: x', 'Transfer-Encoding: chunked'],
    [400, get, 'Host : x'],
    [400, get, 'Host: x', ' folded'],
    [400, get, 'Host: x\nEvil: y'],
    [400, 'GET  / HTTP/1.1', 'Host: x'],
    [400, 'GET / HTTP/2.0', 'Host: x'],
    [400, ''],
    [413, get, 'Host: x', 'Content-Length: 99999999999999999999'],
  ];
  for (const [status, ...lines] of table) assert.equal(statusOf(...lines), status, lines.join(' | '));
});
