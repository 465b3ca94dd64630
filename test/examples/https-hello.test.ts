import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Agent, get } from 'node:https';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ca } from '../net/tls-fixtures.ts';
import { startExample } from '../support/command.ts';

const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/tls/${name}`, import.meta.url));

test('https-hello answers node:https, twice on one connection, and closes on Ctrl-C', async () => {
  const child = startExample('https-hello.ts', '0', fixture('server.key'), fixture('server.pem'));
  await child.printed('https://');
  const port = Number(/localhost:(\d+)/.exec(child.stdout)![1]);
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca });
  const ask = async (path: string): Promise<string> => {
    const [answer] = (await once(get({ host: '127.0.0.1', port, path, agent }), 'response')) as [IncomingMessage];
    let text = '';
    for await (const part of answer) text += String(part);
    return text;
  };
  assert.equal(await ask('/bar'), 'Hello from /bar, over TLSv1.3\n');
  assert.equal(await ask('/cellar'), 'Hello from /cellar, over TLSv1.3\n');
  agent.destroy();
  child.interrupt();
  const { code, stderr } = await child.ended();
  assert.equal(code, 130, stderr);
});
