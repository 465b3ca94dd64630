/** The examples that use libraries of npm, with the real servers behind them. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import { startExample } from '../support/command.ts';
import { startPostgres, startRedis, whyNoPostgres, whyNoRedis } from '../support/service.ts';

const linesOf = (text: string): string[] => text.trimEnd().split('\n');

test('postgres: transactions, and a query that a timeout ends in the server', { skip: whyNoPostgres() }, async () => {
  const server = await startPostgres();
  const { code, stdout, stderr } = await startExample('postgres.ts', server.address).ended();
  await server.stop();
  assert.equal(stderr, '');
  assert.deepEqual(linesOf(stdout), [
    'refused: water costs less than nothing',
    'sold: {"drinks":3,"sum":12}',
    'the long query was given up',
    'still running in the server: 0',
    'connections in use: 0',
  ]);
  assert.equal(code, 0);
});

test('redis: a queue whose workers are cancelled, and news as events', { skip: whyNoRedis() }, async () => {
  const server = await startRedis();
  const { code, stdout, stderr } = await startExample('redis.ts', server.address).ended();
  await server.stop();
  assert.equal(stderr, '');
  const lines = linesOf(stdout);
  assert.equal(lines.pop(), '4 drinks; CancelledError, CancelledError');
  const drinks = ['beer', 'tea', 'water', 'wine'];
  assert.deepEqual(
    lines.sort(),
    drinks.map((drink) => `news: a waiter serves ${drink}`),
  );
  assert.equal(code, 0);
});

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('fastest-mirror: the first answer wins, the other requests are broken off', async () => {
  const left: Promise<string>[] = [];
  const slow = createServer((_request, response) => {
    left.push(once(response, 'close').then(() => 'the client has left'));
    if (left.length === 2) release();
  });
  let release!: () => void;
  const asked = new Promise<void>((resolve) => (release = resolve));
  // Answers only when the others have been asked: they would not be broken off otherwise.
  const quick = createServer((_request, response) => void asked.then(() => response.end('beer')));
  const broken = createServer((_request, response) => response.writeHead(503).end());
  const [a, b, c] = await Promise.all([slow, quick, broken].map(listen));
  const { code, stdout, stderr } = await startExample('fastest-mirror.ts', a!, c!, b!, `${a}/again`).ended();
  assert.equal(stderr, '');
  assert.deepEqual(linesOf(stdout), [
    'broken off: CancelledError',
    'broken off: CancelledError',
    `${b} was first, with 4 characters`,
  ]);
  assert.equal(code, 0);
  assert.deepEqual(await Promise.all(left), ['the client has left', 'the client has left']);
  for (const server of [slow, quick, broken]) server.close();
});

test('web-server: node:http and ws over our listener; on Ctrl-C web sockets are told', async () => {
  const child = startExample('web-server.ts', '0');
  await child.printed('http://');
  const url = /http:\S+\//.exec(child.stdout)![0];
  const texts = await Promise.all(['bar', 'cellar'].map(async (path) => (await fetch(url + path)).text()));
  assert.deepEqual(texts, ['Hello from /bar, to 127.0.0.1\n', 'Hello from /cellar, to 127.0.0.1\n']);
  const socket = new WebSocket(url.replace('http', 'ws'));
  await once(socket, 'open');
  for (const text of ['a beer, please', 'x'.repeat(100_000)]) {
    socket.send(text);
    assert.equal(String((await once(socket, 'message'))[0]), text);
  }
  const closed = once(socket, 'close') as Promise<[number, Buffer]>;
  child.interrupt();
  const [reason, why] = await closed;
  assert.deepEqual([reason, String(why)], [1001, 'closing time']);
  const { code, stderr } = await child.ended();
  assert.equal(code, 130, stderr);
});
