import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  type Address,
  type Coroutine,
  createTask,
  type DatagramOptions,
  DatagramProtocol,
  type DatagramTransport,
  Future,
  getRunningLoop,
  type InetAddress,
  OSError,
  Queue,
  sleep,
  TransportClosedError,
  wrapFuture,
} from 'tsyncio';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { type Bench, onEachDriver, thrownBy } from './drivers.ts';

const HERE: DatagramOptions = { localAddr: { host: '127.0.0.1', port: 0 } };
const NO_IPV6 = Object.values(networkInterfaces())
  .flat()
  .some((one) => one?.family === 'IPv6')
  ? false
  : 'no IPv6 here';
const folder = temporaryFolder('datagrams');

class Box extends DatagramProtocol {
  readonly arrived = new Queue<[Buffer, Address | undefined]>();
  readonly errors = new Queue<OSError>();
  readonly flow: string[] = [];
  readonly resumed = new Queue<string>();
  readonly lost = new Future<Error | undefined>();
  transport!: DatagramTransport;
  override connectionMade(transport: DatagramTransport): void {
    this.transport = transport;
  }
  override datagramReceived(data: Buffer, from: Address | undefined): void {
    this.arrived.putNowait([data, from]);
  }
  override errorReceived(error: OSError): void {
    this.errors.putNowait(error);
  }
  override pauseWriting(): void {
    this.flow.push('pause');
  }
  override resumeWriting(): void {
    this.flow.push('resume');
    this.resumed.putNowait('resume');
  }
  override connectionLost(error: Error | undefined): void {
    this.lost.setResult(error);
  }
}

class Echo extends Box {
  override datagramReceived(data: Buffer, from: Address | undefined): void {
    this.transport.sendto(data, from);
  }
}

function* open(options: DatagramOptions = HERE): Coroutine<Box> {
  const [, box] = yield* getRunningLoop().createDatagramEndpoint(() => new Box(), options);
  return box;
}

function* openEcho(options: DatagramOptions = HERE): Coroutine<Box> {
  const [, echo] = yield* getRunningLoop().createDatagramEndpoint(() => new Echo(), options);
  return echo;
}

function nameOf(box: Box): InetAddress {
  return box.transport.getExtraInfo<InetAddress>('sockname')!;
}

function* close(...boxes: Box[]): Coroutine<void> {
  for (const box of boxes) box.transport.close();
  for (const box of boxes) assert.equal(yield* box.lost, undefined);
}

function* received(box: Box): Coroutine<Buffer> {
  return (yield* box.arrived.get())[0];
}

const text = (value: string): Buffer => Buffer.from(value);

onEachDriver((on) => {
  test('there and back, not connected: datagrams keep their bounds and tell where they come from', () =>
    on.run(function* () {
      const echo = yield* openEcho();
      const client = yield* open();
      for (const word of ['one', 'two', '', 'four']) client.transport.sendto(text(word), nameOf(echo));
      for (const word of ['one', 'two', '', 'four']) {
        const [data, from] = yield* client.arrived.get();
        assert.equal(String(data), word);
        assert.deepEqual(from, nameOf(echo));
      }
      const { host, port } = nameOf(echo);
      client.transport.sendto(text('without a family'), { host, port });
      assert.equal(String(yield* received(client)), 'without a family');
      assert.equal(client.transport.getExtraInfo('peername'), undefined);
      yield* close(client, echo);
    }));

  test('connected: no address is needed, and others are not heard', () =>
    on.run(function* () {
      const echo = yield* openEcho();
      const { host, port } = nameOf(echo);
      const client = yield* open({ remoteAddr: { host, port } });
      const stranger = yield* open();
      assert.deepEqual(client.transport.getExtraInfo('peername'), { family: 4, host, port });
      stranger.transport.sendto(text('psst'), nameOf(client));
      client.transport.sendto(text('hello'));
      assert.equal(String(yield* received(client)), 'hello');
      client.transport.sendto(text('again'), { host, port });
      assert.equal(String(yield* received(client)), 'again');
      assert.throws(() => client.transport.sendto(text('x'), nameOf(stranger)), /or be the one that/);
      yield* close(client, echo, stranger);
    }));

  test('the longest datagram goes through, a longer one is refused and the transport goes on', () =>
    on.run(function* () {
      const echo = yield* openEcho();
      const client = yield* open();
      const long = Buffer.alloc(65_507, 'the longest that UDP has');
      client.transport.sendto(long, nameOf(echo));
      assert.ok((yield* received(client)).equals(long));
      client.transport.sendto(Buffer.alloc(65_508), nameOf(echo));
      assert.equal((yield* client.errors.get()).code, 'EMSGSIZE');
      client.transport.sendto(text('fine'), nameOf(echo));
      assert.equal(String(yield* received(client)), 'fine');
      yield* close(client, echo);
    }));

  test('IPv6', { skip: NO_IPV6 }, () =>
    on.run(function* () {
      const echo = yield* openEcho({ localAddr: { host: '::1' } });
      const client = yield* open({ remoteAddr: { host: '::1', port: nameOf(echo).port } });
      assert.equal(nameOf(client).family, 6);
      client.transport.sendto(text('six'));
      const [data, from] = yield* client.arrived.get();
      assert.deepEqual([String(data), from], ['six', nameOf(echo)]);
      yield* close(client, echo);
    }),
  );

  test('broadcast needs leave', () =>
    on.run(function* () {
      const listener = yield* open({ localAddr: { host: '127.255.255.255' } });
      const { port } = nameOf(listener);
      const target = { host: '127.255.255.255', port };
      const shy = yield* open();
      shy.transport.sendto(text('no'), target);
      assert.equal((yield* shy.errors.get()).code, 'EACCES');
      const loud = yield* open({ ...HERE, allowBroadcast: true });
      loud.transport.sendto(text('all'), target);
      assert.equal(String(yield* received(listener)), 'all');
      yield* close(listener, shy, loud);
    }));

  test('nobody there: errorReceived on a connected socket, and it goes on', () =>
    on.run(function* () {
      const gone = yield* open();
      const { host, port } = nameOf(gone);
      yield* close(gone);
      const client = yield* open({ remoteAddr: { host, port } });
      client.transport.sendto(text('anybody?'));
      const error = yield* client.errors.get();
      assert.ok(error instanceof OSError);
      assert.equal(error.code, 'ECONNREFUSED');
      const echo = yield* openEcho({ localAddr: { host, port } });
      client.transport.sendto(text('now'));
      assert.equal(String(yield* received(client)), 'now');
      yield* close(client, echo);
    }));

  test('flow control: pause and resume, in order, and close sends what waits', () =>
    on.run(function* () {
      const listener = yield* open();
      const client = yield* open();
      client.transport.setWriteBufferLimits({ high: 1000, low: 100 });
      for (let i = 0; i < 10; i++) client.transport.sendto(Buffer.alloc(400, i), nameOf(listener));
      assert.deepEqual(client.flow, ['pause']);
      assert.ok(client.transport.getWriteBufferSize() >= 4000);
      yield* client.resumed.get();
      assert.deepEqual(client.flow, ['pause', 'resume']);
      for (let i = 0; i < 10; i++) assert.equal((yield* received(listener))[0], i);
      for (let i = 0; i < 10; i++) client.transport.sendto(Buffer.alloc(400, i), nameOf(listener));
      yield* close(client);
      for (let i = 0; i < 10; i++) assert.equal((yield* received(listener))[0], i);
      yield* close(listener);
    }));

  test('abort drops what waits', () =>
    on.run(function* () {
      const listener = yield* open();
      const client = yield* open();
      client.transport.sendto(text('lost'), nameOf(listener));
      client.transport.abort();
      assert.equal(yield* client.lost, undefined);
      const other = yield* open();
      other.transport.sendto(text('found'), nameOf(listener));
      assert.equal(String(yield* received(listener)), 'found');
      yield* close(listener, other);
    }));

  test('many datagrams, many sockets', () =>
    on.run(function* () {
      const echo = yield* openEcho();
      const boxes: Box[] = [];
      for (let i = 0; i < 20; i++) boxes.push(yield* open({ remoteAddr: nameOf(echo) }));
      // One at a time and socket: a system may drop datagrams when its buffers are full.
      const tasks = boxes.map((box, i) =>
        createTask(
          (function* () {
            for (let round = 0; round < 50; round++) {
              box.transport.sendto(text(`${i}:${round}`));
              assert.equal(String(yield* received(box)), `${i}:${round}`);
            }
          })(),
        ),
      );
      for (const task of tasks) yield* task;
      yield* close(echo, ...boxes);
    }));

  test('after close: connectionLost once, sendto refuses', () =>
    on.run(function* () {
      const box = yield* open();
      box.transport.close();
      box.transport.close();
      box.transport.abort();
      assert.equal(box.transport.isClosing(), true);
      assert.throws(() => box.transport.sendto(text('x'), { host: '127.0.0.1', port: 9 }), TransportClosedError);
      assert.equal(yield* box.lost, undefined);
    }));

  test('an error in a callback is reported, and the transport goes on', async () => {
    class Clumsy extends Box {
      override datagramReceived(data: Buffer, from: Address | undefined): void {
        if (String(data) === 'bad') throw new Error('clumsy');
        super.datagramReceived(data, from);
      }
    }
    await on.run(
      function* () {
        const [, clumsy] = yield* getRunningLoop().createDatagramEndpoint(() => new Clumsy(), HERE);
        const client = yield* open();
        for (const word of ['bad', 'good']) client.transport.sendto(text(word), nameOf(clumsy));
        assert.equal(String(yield* received(clumsy)), 'good');
        yield* close(client, clumsy);
      },
      { reports: true },
    );
    assert.deepEqual(
      on.reports.map(({ message }) => message),
      ['Exception in callback datagramReceived'],
    );
  });

  test('a port that is taken; reusePort shares it', { skip: on.io === 'node' }, () =>
    on.run(function* () {
      const first = yield* open({ ...HERE, reusePort: true });
      const { host, port } = nameOf(first);
      const error = yield* thrownBy(open({ localAddr: { host, port } }));
      assert.ok(error instanceof OSError);
      assert.deepEqual([error.code, error.syscall, error.port], ['EADDRINUSE', 'bind', port]);
      const second = yield* open({ localAddr: { host, port }, reusePort: true });
      yield* close(first, second);
    }),
  );

  test('unix datagrams', { skip: on.io === 'node' }, () =>
    on.run(function* () {
      const [a, b] = [join(folder, `${on.io}-a`), join(folder, `${on.io}-b`)];
      const server = yield* openEcho({ localAddr: a });
      const client = yield* open({ localAddr: b, remoteAddr: a });
      client.transport.sendto(Buffer.alloc(100_000, 'x'));
      const [data, from] = yield* client.arrived.get();
      assert.deepEqual([data.length, from], [100_000, { family: 'unix', path: a }]);
      const nameless = yield* open({ family: 'unix' });
      nameless.transport.sendto(text('who?'), b);
      yield* close(nameless, client, server);
    }),
  );

  test("a peer on Node's own sockets", () =>
    on.run(function* () {
      const echo = yield* openEcho();
      const { host, port } = nameOf(echo);
      const answer = yield* wrapFuture(
        new Promise<string>((resolve, reject) => {
          const socket = createSocket('udp4', (data) => socket.close(() => resolve(String(data))));
          socket.on('error', reject);
          socket.send('from node', port, host);
        }),
      );
      assert.equal(answer, 'from node');
      yield* close(echo);
    }));

  badInput(on);
});

function badInput(on: Bench): void {
  test('bad input', () =>
    on.run(function* () {
      const loop = getRunningLoop();
      const cases: [unknown, RegExp][] = [
        [{}, /expects localAddr, remoteAddr or a family/],
        [undefined, /expects an object of options/],
        [{ localAddr: { port: 70_000 } }, /port must be an integer from 0 to 65535/],
        [{ localAddr: 5 }, /localAddr must be \{ host, port \} or a path/],
        [{ remoteAddr: { host: '127.0.0.1' } }, /a port is needed/],
        [{ localAddr: '/tmp/x', family: 4 }, /path is the address of a unix socket/],
        [{ localAddr: { host: '::1' }, remoteAddr: { host: '127.0.0.1', port: 9 } }, /different families/],
      ];
      for (const [options, message] of cases) {
        const error = yield* thrownBy(loop.createDatagramEndpoint(() => new Box(), options as DatagramOptions));
        assert.match((error as Error).message, message);
      }
      const wrong = loop.createDatagramEndpoint((() => 5) as unknown as () => Box, HERE);
      assert.match(((yield* thrownBy(wrong)) as Error).message, /must return a DatagramProtocol/);
      const box = yield* open();
      const { transport } = box;
      assert.throws(() => transport.sendto('text' as unknown as Uint8Array), /expects a Uint8Array/);
      assert.throws(() => transport.sendto(text('x')), /expects an address/);
      assert.throws(() => transport.sendto(text('x'), { host: 'localhost', port: 9 }), /must be a literal address/);
      assert.throws(() => transport.sendto(text('x'), { host: '::1', port: -1 }), /port must be/);
      yield* close(box);
      const task = createTask(open());
      yield* sleep(0);
      task.cancel();
      yield* thrownBy(task);
    }));
}
