import assert from 'node:assert/strict';
import { closeSync, readSync, writeSync } from 'node:fs';
import { test } from 'node:test';
import {
  CancelledError,
  type Coroutine,
  createTask,
  Future,
  gather,
  getRunningLoop,
  type InetAddress,
  newEventLoop,
  OSError,
  openConnection,
  Protocol,
  run,
  Socket,
  sleep,
  type Transport,
} from 'tsyncio';
import { type Bench, closeServer, closeWriter, echo, onEachDriver, portOf, serve, thrownBy } from './drivers.ts';

const closeLater: Socket[] = [];
const text = (value: string): Buffer => Buffer.from(value);

onEachDriver((on) => {
  if (on.io === 'node') onNode(on);
  else {
    watching(on);
    sockets(on);
  }
});

function onNode(on: Bench): void {
  test('without descriptors everything says so', () =>
    on.run(function* () {
      const loop = getRunningLoop();
      const refused = (error: unknown): boolean =>
        error instanceof OSError &&
        error.code === 'ENOTSUP' &&
        /the node driver has no file descriptors/.test(error.message);
      assert.throws(() => new Socket(), refused);
      assert.throws(() => Socket.pair(), refused);
      assert.throws(() => loop.addReader(0, () => {}), refused);
      assert.equal(loop.removeReader(0), false);
      yield* sleep(0);
    }));
}

function watching(on: Bench): void {
  test('a reader is called while there is something to read', () =>
    on.run(function* () {
      const loop = getRunningLoop();
      const [near, far] = Socket.pair();
      const pieces: string[] = [];
      const done = new Future<void>();
      loop.addReader(near, () => {
        // One byte a call: what is left is told again.
        const byte = Buffer.alloc(1);
        readSync(near.fileno(), byte);
        pieces.push(String(byte));
        if (pieces.length === 5) done.setResult();
      });
      yield* loop.sockSendall(far, text('abc'));
      yield* loop.sockSendall(far, text('de'));
      yield* done;
      assert.equal(pieces.join(''), 'abcde');
      assert.equal(loop.removeReader(near.fileno()), true);
      assert.equal(loop.removeReader(near.fileno()), false);
      near.close();
      far.close();
      yield* settled();
    }));

  test('a writer is called while there is room; the second replaces the first', () =>
    on.run(function* () {
      const loop = getRunningLoop();
      const [near, far] = Socket.pair();
      const calls: string[] = [];
      const done = new Future<void>();
      loop.addWriter(near, () => calls.push('first'));
      loop.addWriter(near, () => {
        calls.push('second');
        if (calls.length === 3) done.setResult();
      });
      yield* done;
      assert.deepEqual(calls, ['second', 'second', 'second']);
      loop.removeWriter(near);
      near.close();
      far.close();
      yield* settled();
    }));

  test('reader and writer on one descriptor; removed from inside', () =>
    on.run(function* () {
      const loop = getRunningLoop();
      const [near, far] = Socket.pair();
      const seen: string[] = [];
      const done = new Future<void>();
      loop.addWriter(near, () => {
        seen.push('write');
        loop.removeWriter(near);
        writeSync(far.fileno(), 'x');
      });
      loop.addReader(near, () => {
        seen.push('read');
        loop.removeReader(near);
        done.setResult();
      });
      yield* done;
      assert.deepEqual(seen, ['write', 'read']);
      near.close();
      far.close();
      yield* settled();
    }));

  test('a callback that throws is reported, and called again', async () => {
    await on.run(
      function* () {
        const loop = getRunningLoop();
        const [near, far] = Socket.pair();
        const done = new Future<void>();
        let calls = 0;
        loop.addWriter(near, () => {
          if (++calls === 1) throw new Error('clumsy');
          done.setResult();
          loop.removeWriter(near);
        });
        yield* done;
        near.close();
        far.close();
        yield* settled();
      },
      { reports: true },
    );
    assert.equal(on.reports.length, 1);
    assert.match(String(on.reports[0]!.exception), /clumsy/);
  });

  test('closed right after removal, its number may be used again at once', () =>
    on.run(function* () {
      const loop = getRunningLoop();
      for (let round = 0; round < 20; round++) {
        const [near, far] = Socket.pair();
        loop.addReader(near, () => assert.fail('nothing to read'));
        yield* sleep(0);
        loop.removeReader(near);
        near.close();
        far.close();
        // The server gets the number.
        const server = yield* serve(echo);
        const [reader, writer] = yield* openConnection({ host: '127.0.0.1', port: portOf(server) });
        writer.write(text('hi'));
        assert.equal(String(yield* reader.readExactly(2)), 'hi');
        yield* closeWriter(writer);
        yield* closeServer(server);
      }
    }));

  test('what is still watched when the loop ends is no harm', async () => {
    await run(
      function* () {
        const loop = getRunningLoop();
        const [near, far] = Socket.pair();
        loop.addReader(near, () => assert.fail('nothing to read'));
        loop.addWriter(far, () => {});
        const [pipe, other] = Socket.pair();
        yield* loop.connectReadPipe(() => new Protocol(), pipe);
        const [writing] = yield* loop.connectWritePipe(() => new Protocol(), other);
        writing.write(Buffer.alloc(5_000_000));
        yield* sleep(0);
        closeLater.push(near, far);
      },
      { loopFactory: () => newEventLoop({ io: on.io }) },
    );
    for (const socket of closeLater.splice(0)) socket.close();
  });

  test('bad input', () =>
    on.run(function* () {
      const loop = getRunningLoop();
      const code = (wanted: string) => (error: unknown) => error instanceof OSError && error.code === wanted;
      assert.throws(() => loop.addReader(99_999, () => {}), code('EBADF'));
      assert.throws(() => loop.addReader(-1, () => {}), RangeError);
      assert.throws(() => loop.addReader('x' as unknown as number, () => {}), TypeError);
      assert.throws(() => loop.addReader(0, 5 as unknown as () => void), TypeError);
      assert.throws(() => new Socket({ family: 5 as 4 }), RangeError);
      assert.throws(() => new Socket({ type: 'raw' as 'stream' }), RangeError);
      using socket = new Socket();
      assert.throws(() => socket.bind({ host: 'localhost', port: 0 }), RangeError);
      assert.match(String(yield* thrownBy(loop.sockRecv(socket, -1))), /RangeError/);
      assert.match(String(yield* thrownBy(loop.sockSendall(socket, 'x' as unknown as Buffer))), /TypeError/);
      assert.match(String(yield* thrownBy(loop.sockRecv({} as Socket, 1))), /TypeError: sockRecv expects a Socket/);
    }));
}

/** Lets cancelled operations come to their end. */
function* settled(): Coroutine<void> {
  for (let turn = 0; getRunningLoop().statistics.inFlight > 0; turn++) {
    assert.ok(turn < 1000, 'operations are left');
    yield* sleep(0);
  }
}

function sockets(on: Bench): void {
  test('accept, connect, send and receive', () =>
    on.run(function* () {
      const loop = getRunningLoop();
      using listener = new Socket();
      listener.setsockopt('reuseAddress', true);
      listener.bind({ host: '127.0.0.1', port: 0 });
      listener.listen(5);
      const { port } = listener.getsockname() as InetAddress;
      using client = new Socket();
      const accepting = createTask(loop.sockAccept(listener));
      yield* loop.sockConnect(client, { host: 'localhost', port });
      const [connection, from] = yield* accepting;
      using _ = connection;
      assert.deepEqual(from, client.getsockname());
      assert.deepEqual(client.getpeername(), { family: 4, host: '127.0.0.1', port });
      client.setsockopt('noDelay', true);
      assert.equal(client.getsockopt('noDelay'), 1);
      const long = Buffer.alloc(5_000_000, 'all of this ');
      const sending = createTask(loop.sockSendall(client, long));
      const parts: Buffer[] = [];
      let length = 0;
      while (length < long.length) {
        const part = yield* loop.sockRecv(connection, 100_000);
        parts.push(part);
        length += part.length;
      }
      yield* sending;
      assert.ok(Buffer.concat(parts).equals(long));
      const small = new Uint8Array(4);
      yield* loop.sockSendall(connection, text('ab'));
      assert.equal(yield* loop.sockRecvInto(client, small), 2);
      assert.deepEqual([...small], [97, 98, 0, 0]);
      client.shutdown('write');
      assert.equal((yield* loop.sockRecv(connection, 10)).length, 0);
    }));

  test('a connection that was reset before it is accepted is accepted, and tells where it came from', () =>
    on.run(function* () {
      const loop = getRunningLoop();
      using listener = new Socket();
      listener.bind({ host: '127.0.0.1', port: 0 });
      listener.listen();
      const address = listener.getsockname() as InetAddress;
      const [transport] = yield* loop.createConnection(() => new Protocol(), address);
      const from = transport.getExtraInfo('sockname');
      transport.abort();
      yield* settled();
      const [connection, peer] = yield* loop.sockAccept(listener);
      using _ = connection;
      assert.deepEqual(peer, from);
      assert.equal(((yield* thrownBy(loop.sockRecv(connection, 1))) as OSError).code, 'ECONNRESET');
    }));

  test('a cancelled receive has taken nothing', () =>
    on.run(function* () {
      const loop = getRunningLoop();
      const [near, far] = Socket.pair();
      for (let round = 0; round < 50; round++) {
        const receiving = createTask(loop.sockRecv(near, 10));
        yield* sleep(0);
        // Both in one turn, in either order.
        if (round % 2 === 0) writeSync(far.fileno(), 'data');
        receiving.cancel();
        if (round % 2 === 1) writeSync(far.fileno(), 'data');
        assert.ok((yield* thrownBy(receiving)) instanceof CancelledError);
        assert.equal(String(yield* loop.sockRecv(near, 10)), 'data');
      }
      near.close();
      far.close();
      yield* settled();
    }));

  test('datagrams', () =>
    on.run(function* () {
      const loop = getRunningLoop();
      using a = new Socket({ type: 'datagram' });
      using b = new Socket({ type: 'datagram' });
      a.bind({ host: '127.0.0.1', port: 0 });
      b.bind({ host: '127.0.0.1', port: 0 });
      const receiving = createTask(loop.sockRecvfrom(b, 100));
      yield* sleep(0);
      assert.equal(yield* loop.sockSendto(a, text('ping'), b.getsockname()), 4);
      const [data, from] = yield* receiving;
      assert.deepEqual([String(data), from], ['ping', a.getsockname()]);
      yield* loop.sockSendto(b, Buffer.alloc(0), a.getsockname());
      assert.deepEqual(yield* loop.sockRecvfromInto(a, Buffer.alloc(100)), [0, b.getsockname()]);
    }));

  test('refused, closed, detached', () =>
    on.run(function* () {
      const loop = getRunningLoop();
      const taken = new Socket();
      taken.bind({ host: '127.0.0.1', port: 0 });
      const { port } = taken.getsockname() as InetAddress;
      using client = new Socket();
      const error = yield* thrownBy(loop.sockConnect(client, { host: '127.0.0.1', port }));
      assert.ok(error instanceof OSError);
      assert.deepEqual([error.code, error.port], ['ECONNREFUSED', port]);
      const [near, far] = Socket.pair();
      const waiting = createTask(loop.sockRecv(near, 10));
      yield* sleep(0);
      near.close();
      near.close();
      assert.equal(((yield* thrownBy(waiting)) as OSError).code, 'EBADF');
      assert.equal(near.fileno(), -1);
      assert.throws(() => near.getsockname(), { code: 'EBADF' });
      assert.equal(((yield* thrownBy(loop.sockSendall(near, text('x')))) as OSError).code, 'EBADF');
      assert.equal(((yield* thrownBy(loop.sockSendall(far, text('x')))) as OSError).code, 'EPIPE');
      closeSync(far.detach());
      assert.equal(far.fileno(), -1);
      taken.close();
      yield* settled();
    }));

  test('connectAcceptedSocket: a transport for a connection accepted by hand', () =>
    on.run(function* () {
      const loop = getRunningLoop();
      class Echo extends Protocol {
        transport!: Transport;
        readonly over = new Future<void>();
        override connectionMade(transport: Transport): void {
          this.transport = transport;
        }
        override dataReceived(data: Buffer): void {
          this.transport.write(data);
        }
        override connectionLost(): void {
          this.over.setResult();
        }
      }
      const listener = new Socket();
      listener.bind({ host: '127.0.0.1', port: 0 });
      listener.listen();
      const { port } = listener.getsockname() as InetAddress;
      const [[accepted], [reader, writer]] = yield* gather([
        loop.sockAccept(listener),
        openConnection({ host: '127.0.0.1', port }),
      ] as const);
      const [transport, protocol] = yield* loop.connectAcceptedSocket(() => new Echo(), accepted);
      assert.equal(accepted.fileno(), -1);
      assert.equal(transport.getExtraInfo<InetAddress>('sockname')!.port, port);
      writer.write(text('echo'));
      assert.equal(String(yield* reader.readExactly(4)), 'echo');
      yield* closeWriter(writer);
      yield* protocol.over;
      listener.close();
    }));

  test('many receivers at once', () =>
    on.run(function* () {
      const loop = getRunningLoop();
      const pairs = Array.from({ length: 50 }, () => Socket.pair());
      const tasks = pairs.map(([near]) => createTask(loop.sockRecv(near, 10)));
      yield* sleep(0);
      for (const [i, [, far]] of pairs.entries()) yield* loop.sockSendall(far, text(String(i)));
      assert.deepEqual(
        (yield* gather(tasks)).map(String),
        pairs.map((_, i) => String(i)),
      );
      for (const pair of pairs) for (const socket of pair) socket.close();
    }));
}
