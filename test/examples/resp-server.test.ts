import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Coroutine, getRunningLoop, sleep } from 'tsyncio';
import { runVirtual } from 'tsyncio/testing';
import { CommandReader, ProtocolError } from '../../examples/resp-server/command-reader.ts';
import { List, Store } from '../../examples/resp-server/store.ts';
import { onEachDriver } from '../net/drivers.ts';
import { peer, serving, without } from './peers.ts';

const EXAMPLE = 'resp-server.ts';

onEachDriver(({ io }) => {
  test('redis-cli: each command', { skip: without('redis-cli') }, () =>
    serving(io, EXAMPLE, ['0'], (port) => {
      const session: [string, string][] = [
        ['PING', 'PONG'],
        ['SET beer "two crowns"', 'OK'],
        ['GET beer', '"two crowns"'],
        ['GET wine', '(nil)'],
        ['INCR visits', '(integer) 1'],
        ['INCRBY visits 9223372036854775806', '(integer) 9223372036854775807'],
        ['INCR visits', '(error) ERR increment or decrement would overflow'],
        ['INCR beer', '(error) ERR value is not an integer or out of range'],
        ['LPUSH queue Ann Bob', '(integer) 2'],
        ['RPUSH queue Cid', '(integer) 3'],
        ['LRANGE queue 0 -1', '1) "Bob"\n2) "Ann"\n3) "Cid"'],
        ['LRANGE queue 5 9', '(empty array)'],
        ['LPOP queue', '"Bob"'],
        ['GET queue', '(error) WRONGTYPE Operation against a key holding the wrong kind of value'],
        ['EXPIRE beer 100', '(integer) 1'],
        ['TTL beer', '(integer) 100'],
        ['EXPIRE wine 100', '(integer) 0'],
        ['PERSIST beer', '(integer) 1'],
        ['TTL beer', '(integer) -1'],
        ['DEL beer wine queue', '(integer) 2'],
        ['CONFIG GET save', '1) "save"\n2) ""'],
        ['GET', "(error) ERR wrong number of arguments for 'get' command"],
        ['DANCE', "(error) ERR unknown command 'DANCE'"],
      ];
      const told = peer('redis-cli', ['--no-raw', '-p', port], session.map(([command]) => `${command}\n`).join(''));
      // It prints an empty line behind an error.
      assert.equal(told.replaceAll('\n\n', '\n'), session.map(([, reply]) => `${reply}\n`).join(''));
    }),
  );

  test(
    'redis-benchmark, pipelined and not: every command counts',
    { skip: without('redis-benchmark', 'redis-cli') },
    () =>
      serving(io, EXAMPLE, ['0'], (port) => {
        const cli = (...words: string[]): string => peer('redis-cli', ['-p', port, ...words]).trim();
        const jobs = 'ping,set,get,incr,lpush,rpush,lpop,rpop,lrange_100,mset';
        for (const depth of ['1', '16']) {
          const told = peer('redis-benchmark', [
            '-p',
            port,
            '-t',
            jobs,
            '-n',
            '2000',
            '-c',
            '50',
            '-P',
            depth,
            '--csv',
          ]);
          assert.equal(
            told
              .trim()
              .split('\n')
              .filter((line) => /^"[A-Z].*","[\d.]+"/.test(line)).length,
            12,
            told,
          );
          assert.doesNotMatch(told, /error/i);
          assert.equal(cli('GET', 'counter:__rand_int__'), '2000');
          assert.equal(cli('LLEN', 'mylist'), '2000');
          assert.equal(cli('FLUSHALL'), 'OK');
        }
      }),
  );

  test('redis-cli --pipe: a flood of commands before any answer is read', { skip: without('redis-cli') }, () =>
    serving(io, EXAMPLE, ['0'], (port) => {
      const value = 'x'.repeat(1000);
      const flood = Array.from({ length: 20_000 }, (_, i) => `SET key-${i} ${value}\r\n`).join('');
      assert.match(peer('redis-cli', ['-p', port, '--pipe'], flood), /errors: 0, replies: 20000\n/);
      assert.equal(peer('redis-cli', ['-p', port, 'DBSIZE']), '20000\n');
      assert.equal(peer('redis-cli', ['-p', port, 'GET', 'key-19999']), `${value}\n`);
    }),
  );

  test('nc and socat: lines, and arrays in small pieces', { skip: without('nc', 'socat') }, () =>
    serving(io, EXAMPLE, ['0'], (port) => {
      const lines = 'SET a 1\r\n\r\nincr a\nGET a\r\nQUIT\r\nGET a\r\n';
      assert.equal(peer('nc', ['127.0.0.1', port], lines), '+OK\r\n:2\r\n$1\r\n2\r\n+OK\r\n');
      const value = Buffer.from(Array.from({ length: 5000 }, (_, i) => i % 256)).toString('latin1');
      const arrays = `*3\r\n$3\r\nSET\r\n$1\r\nb\r\n$5000\r\n${value}\r\n*2\r\n$3\r\nGET\r\n$1\r\nb\r\n*1\r\n$4\r\nQUIT\r\n`;
      const pieces = ['-t', '30', '-b', '13', '-', `TCP:127.0.0.1:${port}`];
      const answer = peer('socat', pieces, Buffer.from(arrays, 'latin1'));
      assert.equal(answer, `+OK\r\n$5000\r\n${value}\r\n+OK\r\n`);
      assert.match(
        peer('nc', ['127.0.0.1', port], 'PING\r\n*1\r\n:3\r\nPING\r\n'),
        /^\+PONG\r\n-ERR Protocol error: .*\r\n$/,
      );
    }),
  );
});

function read(reader: CommandReader, bytes: Buffer): string[][] {
  const commands: string[][] = [];
  for (let at = 0; at < bytes.length; ) {
    const room = reader.room();
    const count = bytes.copy(room, 0, at);
    assert.ok(count > 0);
    reader.filled(count);
    at += count;
    for (let words = reader.next(); words !== undefined; words = reader.next()) commands.push(words);
  }
  return commands;
}

test('commands are the same in whatever pieces they come', () => {
  const value = Buffer.from(Array.from({ length: 40_000 }, (_, i) => (i * 7) % 256)).toString('latin1');
  const bytes = Buffer.from(
    `PING\r\n*2\r\n$4\r\nECHO\r\n$40000\r\n${value}\r\n*0\r\n  get  a \n*1\r\n$0\r\n\r\n`,
    'latin1',
  );
  const expected = [['PING'], ['ECHO', value], [], ['get', 'a'], ['']];
  assert.deepEqual(read(new CommandReader(), bytes), expected);
  for (const size of [1, 2, 3, 1000]) {
    const reader = new CommandReader();
    const commands: string[][] = [];
    for (let at = 0; at < bytes.length; at += size) commands.push(...read(reader, bytes.subarray(at, at + size)));
    assert.deepEqual(commands, expected);
  }
});

test('what breaks the protocol, or its limits, is refused', () => {
  for (const text of [
    '*x\r\n',
    '*-5\r\n',
    '*1\r\n:1\r\n',
    '*1\r\n$99999999999\r\n',
    '*1\r\n$1\r\nabc',
    'x'.repeat(70_000),
  ]) {
    assert.throws(() => read(new CommandReader(), Buffer.from(text)), ProtocolError, text.slice(0, 30));
  }
});

test('a list gives from both ends what went in at both ends', () => {
  const list = new List();
  const model: string[] = [];
  for (let i = 0; i < 2000; i += 1) {
    const step = (i * 7919) % 5;
    if (step === 2) assert.equal(list.popLeft(), model.shift());
    else if (step === 3) assert.equal(list.popRight(), model.pop());
    else list[step === 0 ? 'pushLeft' : 'pushRight'](String(i));
    if (step === 0) model.unshift(String(i));
    else if (step === 1 || step === 4) model.push(String(i));
    const whole = Array.from({ length: list.length }, (_, at) => list.at(at));
    assert.deepEqual(whole, model);
  }
});

test('a key expires at its time, unless it was set anew', () =>
  runVirtual(function* (): Coroutine<void> {
    const store = new Store(getRunningLoop());
    store.set('a', '1');
    store.set('b', '2');
    assert.equal(store.expire('a', 1000), true);
    assert.equal(store.expire('b', 1000), true);
    assert.equal(store.expire('c', 1000), false);
    yield* sleep(999);
    assert.equal(store.timeToLive('a'), 1);
    store.persist('b');
    yield* sleep(1);
    assert.deepEqual([store.has('a'), store.has('b')], [false, true]);
  }));
