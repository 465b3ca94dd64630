import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { type Server as NodeServer, type Socket as NodeSocket, createServer as nodeServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  type Coroutine,
  createTask,
  DatagramProtocol,
  type DatagramTransport,
  gather,
  getRunningLoop,
  type InetAddress,
  OSError,
  openConnection,
  openUnixConnection,
  Protocol,
  Queue,
  Socket,
  type SocketLike,
  StreamReader,
  StreamReaderProtocol,
  StreamWriter,
  startServer,
  startUnixServer,
  wrapFuture,
} from 'tsyncio';
import { runningScheduler } from '../../src/core/scheduler.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { type Bench, closeServer, closeWriter, echo, onEachDriver, portOf, serve, thrownBy } from './drivers.ts';
import { ca, server } from './tls-fixtures.ts';

const folder = temporaryFolder('given');
let count = 0;
const freshPath = (): string => join(folder, String(count++));

class Heard extends DatagramProtocol {
  readonly arrived = new Queue<string>();
  override datagramReceived(data: Buffer): void {
    this.arrived.putNowait(String(data));
  }
}

class Idle extends Protocol {}

/** A transport for a connection that has been accepted elsewhere, as streams. */
function* accepted(sock: SocketLike, options = {}): Coroutine<[StreamReader, StreamWriter]> {
  const scheduler = runningScheduler();
  const reader = new StreamReader();
  const make = (): StreamReaderProtocol => new StreamReaderProtocol(scheduler, reader);
  const [transport, protocol] = yield* getRunningLoop().connectAcceptedSocket(make, sock, options);
  return [reader, new StreamWriter(transport, protocol, reader)];
}

function* hello(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
  writer.write(Buffer.from('hello\n'));
  assert.equal(String(yield* reader.readLine()), 'hello\n');
  yield* closeWriter(writer);
}

onEachDriver((on) => {
  if (on.io === 'node') byDescriptor(on);
  else bySocket(on);
  refusals(on);
});

function bySocket(on: Bench): void {
  test('sock: a connection, and a server, over sockets made by hand', () =>
    on.run(function* () {
      const bound = new Socket();
      bound.bind({ host: '127.0.0.1', port: 0 });
      const bar = yield* startServer(echo, { sock: bound, backlog: 5 });
      assert.equal(bound.fileno(), -1);
      const client = new Socket();
      yield* getRunningLoop().sockConnect(client, { host: '127.0.0.1', port: portOf(bar) });
      const [reader, writer] = yield* openConnection({ sock: client });
      assert.equal(writer.getExtraInfo<InetAddress>('peername')!.port, portOf(bar));
      yield* hello(reader, writer);
      yield* closeServer(bar);
    }));

  test('sock: the descriptor of a socket', () =>
    on.run(function* () {
      const bound = new Socket();
      bound.bind({ host: '127.0.0.1', port: 0 });
      const bar = yield* startServer(echo, { sock: bound.detach() });
      const client = new Socket();
      yield* getRunningLoop().sockConnect(client, { host: '127.0.0.1', port: portOf(bar) });
      yield* hello(...(yield* openConnection({ sock: client.detach() })));
      yield* closeServer(bar);
    }));

  test('sock: unix sockets; the file goes with the server', () =>
    on.run(function* () {
      const path = freshPath();
      const bound = new Socket({ family: 'unix' });
      bound.bind(path);
      const bar = yield* startUnixServer(echo, undefined, { sock: bound });
      yield* hello(...(yield* openUnixConnection(path)));
      const client = new Socket({ family: 'unix' });
      yield* getRunningLoop().sockConnect(client, path);
      yield* hello(...(yield* openUnixConnection(undefined, { sock: client })));
      yield* closeServer(bar);
      assert.equal(existsSync(path), false);
      const kept = freshPath();
      const other = new Socket({ family: 'unix' });
      other.bind(kept);
      yield* closeServer(yield* startUnixServer(echo, undefined, { sock: other, cleanupSocket: false }));
      assert.equal(existsSync(kept), true);
    }));

  test('sock: datagrams, connected and not', () =>
    on.run(function* () {
      const loop = getRunningLoop();
      const bound = new Socket({ type: 'datagram' });
      bound.bind({ host: '127.0.0.1', port: 0 });
      const [here, heard] = yield* loop.createDatagramEndpoint(() => new Heard(), { sock: bound });
      const connected = new Socket({ type: 'datagram' });
      yield* loop.sockConnect(connected, here.getExtraInfo<InetAddress>('sockname')!);
      const [there] = yield* loop.createDatagramEndpoint(() => new Heard(), { sock: connected });
      there.sendto(Buffer.from('ping'));
      assert.equal(yield* heard.arrived.get(), 'ping');
      assert.throws(() => here.sendto(Buffer.from('to whom?')), TypeError);
      const [near, far] = Socket.pair('datagram');
      const [by, more] = yield* loop.createDatagramEndpoint(() => new Heard(), { sock: near.detach() });
      yield* loop.sockSendall(far, Buffer.from('unix'));
      assert.equal(yield* more.arrived.get(), 'unix');
      far.close();
      for (const transport of [here, there, by] as DatagramTransport[]) transport.close();
      while (loop.statistics.sockets > 0) yield* wrapFuture(Promise.resolve());
    }));

  test('sock with TLS, on both sides', () =>
    on.run(function* () {
      const [near, far] = Socket.pair();
      const tls = { ca };
      const serving = createTask(accepted(far, { tls: server }));
      const [[reader, writer], [otherReader, otherWriter]] = yield* gather([
        openConnection({ sock: near, tls, serverHostname: 'localhost' }),
        serving,
      ] as const);
      assert.equal(writer.getExtraInfo<{ authorized: boolean }>('tls')!.authorized, true);
      const echoing = createTask(echo(otherReader, otherWriter));
      yield* hello(reader, writer);
      yield* echoing;
    }));

  test('connectAcceptedSocket with TLS; a handshake that fails closes the socket', () =>
    on.run(function* () {
      const loop = getRunningLoop();
      using listener = new Socket();
      listener.bind({ host: '127.0.0.1', port: 0 });
      listener.listen();
      const { port } = listener.getsockname() as InetAddress;
      const serving = createTask(
        (function* () {
          const [connection] = yield* loop.sockAccept(listener);
          yield* echo(...(yield* accepted(connection, { tls: server })));
        })(),
      );
      yield* hello(...(yield* openConnection({ host: 'localhost', port, tls: { ca } })));
      yield* serving;
      const [near, far] = Socket.pair();
      const failing = createTask(loop.connectAcceptedSocket(() => new Idle(), near, { tls: server }));
      yield* loop.sockSendall(far, Buffer.from('this is no client hello at all\n'));
      assert.ok((yield* thrownBy(failing)) instanceof Error);
      assert.equal(near.fileno(), -1);
      far.close();
      while (loop.statistics.sockets > 0) yield* wrapFuture(Promise.resolve());
    }));

  test('sock of the wrong kind, closed, or no socket at all', () =>
    on.run(function* () {
      const loop = getRunningLoop();
      using stream = new Socket();
      using datagram = new Socket({ type: 'datagram' });
      const refused = function* (attempt: Coroutine<unknown>, message: RegExp): Coroutine<void> {
        assert.match(String(yield* thrownBy(attempt)), message);
      };
      yield* refused(openConnection({ sock: datagram }), /RangeError: .* a stream socket was expected/);
      yield* refused(startServer(echo, { sock: datagram }), /RangeError: .* a stream socket was expected/);
      yield* refused(startUnixServer(echo, undefined, { sock: stream }), /a unix stream socket was expected/);
      yield* refused(openUnixConnection(undefined, { sock: stream }), /a unix stream socket was expected/);
      const endpoint = loop.createDatagramEndpoint(() => new Heard(), { sock: stream });
      yield* refused(endpoint, /a datagram socket was expected/);
      yield* refused(openConnection({ sock: stream, tls: true }), /needs serverHostname/);
      const modified = { sock: datagram, reusePort: true, family: 4 } as const;
      yield* refused(
        loop.createDatagramEndpoint(() => new Heard(), modified),
        /sock and family, reusePort cannot be/,
      );
      // Nothing has been taken over.
      assert.ok(stream.fileno() > 0 && datagram.fileno() > 0);
      const gone = new Socket();
      gone.close();
      yield* refused(openConnection({ sock: gone }), /EBADF/);
      yield* refused(openConnection({ sock: 99_999 }), /EBADF/);
    }));
}

/** Descriptors that this process has from Node. */
function fdOf(thing: NodeServer | NodeSocket): number {
  return (thing as unknown as { _handle: { fd: number } })._handle.fd;
}

/** Both ends of a connection, each in a process: ours is the descriptor 3 of a child, so here one is Node's own. */
function byDescriptor(on: Bench): void {
  test('descriptors of the system: a connection and a server', () =>
    on.run(function* () {
      // A descriptor may be open twice; that of Node's server is closed by nobody but us.
      const program = `
        import { getRunningLoop, newEventLoop, run, startServer } from 'tsyncio';
        await run(function* () {
          const server = yield* startServer(function* (reader, writer) {
            writer.write(yield* reader.readLine());
            yield* writer.drain();
            writer.close();
            server.close();
          }, { sock: 3 });
          console.log(JSON.stringify(server.sockets[0].getsockname()));
          yield* server.waitClosed();
        }, { loopFactory: () => newEventLoop({ io: 'node' }) });
      `;
      const listener = nodeServer();
      listener.listen(0, '127.0.0.1');
      yield* wrapFuture(once(listener, 'listening'));
      const words = ['--conditions=@tsyncio/source', '--import', 'tsx', '--input-type=module', '--eval', program];
      const child: ChildProcess = spawn(process.execPath, words, {
        stdio: ['ignore', 'pipe', 'inherit', fdOf(listener)],
      });
      const ended = once(child, 'exit');
      const [line] = (yield* wrapFuture(once(child.stdout!, 'data'))) as [Buffer];
      const { port } = JSON.parse(String(line)) as InetAddress;
      listener.close();
      const [reader, writer] = yield* openConnection({ host: '127.0.0.1', port });
      yield* hello(reader, writer);
      assert.deepEqual(yield* wrapFuture(ended), [0, null]);
    }));

  test('connectAcceptedSocket of a descriptor, plain and with TLS', () =>
    on.run(function* () {
      const program = `
        import { getRunningLoop, newEventLoop, Protocol, run, Future } from 'tsyncio';
        import { readFileSync } from 'node:fs';
        const tls = process.argv[1] === 'tls'
          ? { key: readFileSync('test/fixtures/tls/server.key'), cert: readFileSync('test/fixtures/tls/server.pem') }
          : undefined;
        await run(function* () {
          const over = new Future();
          class Echo extends Protocol {
            connectionMade(transport) { this.transport = transport; }
            dataReceived(data) { this.transport.write(data); }
            connectionLost(error) { over.setResult(error); }
          }
          yield* getRunningLoop().connectAcceptedSocket(() => new Echo(), 3, { tls });
          yield* over;
        }, { loopFactory: () => newEventLoop({ io: 'node' }) });
      `;
      for (const how of ['plain', 'tls']) {
        const listener = nodeServer({ pauseOnConnect: true });
        listener.listen(0, '127.0.0.1');
        yield* wrapFuture(once(listener, 'listening'));
        const { port } = listener.address() as { port: number };
        const came = once(listener, 'connection');
        const opening = createTask(
          openConnection({ host: 'localhost', family: 4, port, tls: how === 'tls' ? { ca } : undefined }),
        );
        const [socket] = (yield* wrapFuture(came)) as [NodeSocket];
        const words = [
          '--conditions=@tsyncio/source',
          '--import',
          'tsx',
          '--input-type=module',
          '--eval',
          program,
          how,
        ];
        const child = spawn(process.execPath, words, { stdio: ['ignore', 'inherit', 'inherit', fdOf(socket)] });
        const ended = once(child, 'exit');
        yield* wrapFuture(once(child, 'spawn'));
        socket.destroy();
        const [reader, writer] = yield* opening;
        yield* hello(reader, writer);
        assert.deepEqual(yield* wrapFuture(ended), [0, null]);
        listener.close();
      }
    }));

  test('what cannot be taken over', () =>
    on.run(function* () {
      const loop = getRunningLoop();
      const code = function* (attempt: Coroutine<unknown>): Coroutine<string> {
        const error = yield* thrownBy(attempt);
        assert.ok(error instanceof OSError, String(error));
        return error.code;
      };
      assert.equal(yield* code(openConnection({ sock: 99_999 })), 'EBADF');
      const file = openSync('/dev/null', 'r');
      assert.equal(yield* code(openConnection({ sock: file })), 'ENOTSUP');
      assert.equal(yield* code(loop.createDatagramEndpoint(() => new Heard(), { sock: file })), 'ENOTSUP');
      closeSync(file);
    }));
}

function refusals(on: Bench): void {
  test('host, port or path, or sock: one of them', () =>
    on.run(function* () {
      const both = /RangeError: .* cannot be given at the same time/;
      const none = /RangeError: .* neither .* nor sock was given/;
      const attempts: [Coroutine<unknown>, RegExp][] = [
        [openConnection({ host: '127.0.0.1', port: 1, sock: 0 }), both],
        [openConnection({ port: 1, sock: 0 }), both],
        [openConnection({}), none],
        [startServer(echo, { port: 0, sock: 0 }), both],
        [startServer(echo, {}), none],
        [openUnixConnection('/x', { sock: 0 }), both],
        [openUnixConnection(undefined), none],
        [startUnixServer(echo, '/x', { sock: 0 }), both],
        [startUnixServer(echo, undefined), none],
      ];
      for (const [attempt, message] of attempts) assert.match(String(yield* thrownBy(attempt)), message);
      const wrong = 'a socket' as unknown as Socket;
      assert.match(
        String(yield* thrownBy(openConnection({ sock: wrong }))),
        /TypeError: .* must be a Socket or a desc/,
      );
      // A server goes on as ever.
      const bar = yield* serve(echo);
      const [reader, writer] = yield* openConnection({ host: '127.0.0.1', port: portOf(bar) });
      yield* hello(reader, writer);
      yield* closeServer(bar);
    }));
}
