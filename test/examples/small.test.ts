import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { startExample } from '../support/command.ts';

test('echo-server sends lines back to several clients, and closes on Ctrl-C', async () => {
  const child = startExample('echo-server.ts', '0');
  await child.printed('on port ');
  const port = Number(/on port (\d+)/.exec(child.stdout)![1]);
  const ask = async (line: string): Promise<string> => {
    const socket = connect(port, '127.0.0.1');
    socket.write(line);
    const [data] = (await once(socket, 'data')) as [Buffer];
    socket.end();
    await once(socket, 'close');
    return String(data);
  };
  assert.deepEqual(await Promise.all([ask('one\n'), ask('two\n')]), ['one\n', 'two\n']);
  await child.printed('has left');
  child.interrupt();
  const { code, stdout } = await child.ended();
  assert.match(stdout, /the server is closed\n$/);
  assert.equal(code, 130);
});

test('line-client gives an answer or the reason why not, in the order of the questions', async () => {
  const { code, stdout, stderr } = await startExample('line-client.ts').ended();
  assert.equal(stderr, '');
  assert.deepEqual(stdout.trimEnd().split('\n'), [
    'coffee: 3 crowns',
    'champagne: no answer within 1500 ms',
    'tea: 2 crowns',
    'caviar: no answer within 1500 ms',
  ]);
  assert.equal(code, 0);
});

test('producer-consumer carries every dish once', async () => {
  const { code, stdout, stderr } = await startExample('producer-consumer.ts').ended();
  assert.equal(stderr, '');
  const dishes = [...stdout.matchAll(/^W\w\w carries (.*), [0-3] on the counter$/gm)].map((match) => match[1]);
  assert.deepEqual(
    dishes.sort(),
    ['Carl', 'Cora'].flatMap((cook) => [1, 2, 3, 4, 5, 6].map((number) => `${cook}'s dish ${number}`)),
  );
  assert.match(stdout, /^the cooks go home$/m);
  assert.match(stdout, /12 dishes were carried\n$/);
  assert.equal(code, 0);
});

test('cancel-and-clean-up prints its story in order', async () => {
  const { code, stdout, stderr } = await startExample('cancel-and-clean-up.ts').ended();
  assert.equal(stderr, '');
  assert.deepEqual(
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.trim()),
    [
      'One of a group fails: the others are cancelled, and the group waits until they have cleaned up.',
      'Ann starts',
      'Bob starts',
      'Ann is stopped, and puts the tools away',
      'Bob is stopped, and puts the tools away',
      'Ann has put the tools away',
      'Bob has put the tools away',
      'caught: RangeError: slipped on the wet floor',
      'Time is up: the body is cancelled, but what is shielded goes on.',
      'caught: TimeoutError: timed out after 10 ms',
      'the contract is signed, whatever happened meanwhile',
      'All tasks have ended, none was left behind.',
    ],
  );
  assert.equal(code, 0);
});
