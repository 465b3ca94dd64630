import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { startExample } from '../support/command.ts';

test('SIGTERM: the server says good night to those who are there, refuses others and ends with 0', async () => {
  const child = startExample('graceful-shutdown.ts', '0');
  await child.printed('on port ');
  const port = Number(/on port (\d+)/.exec(child.stdout)![1]);
  const socket = connect(port, '127.0.0.1').setEncoding('utf8');
  let text = '';
  socket.on('data', (data) => (text += data));
  socket.write('a beer\n');
  await once(socket, 'data');
  child.process.kill('SIGTERM');
  await once(socket, 'close');
  assert.equal(text, 'served: a beer\ngood night\n');
  const { code, stdout, stderr } = await child.ended();
  assert.equal(stderr, '');
  assert.match(stdout, /closed in order by SIGTERM\n$/);
  assert.equal(code, 0);
});
