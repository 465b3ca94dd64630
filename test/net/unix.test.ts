import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { createConnection as nodeConnect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  CancelledError,
  type Coroutine,
  createTask,
  gather,
  getRunningLoop,
  OSError,
  openUnixConnection,
  Protocol,
  sleep,
  startUnixServer,
  type Transport,
  type UnixAddress,
  wrapFuture,
} from 'tsyncio';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { closeServer, closeWriter, echo, onEachDriver, thrownBy } from './drivers.ts';

const folder = temporaryFolder('unix');
let count = 0;
const newPath = (): string => join(folder, `${count++}.sock`);
const NO_PYTHON = spawnSync('python3', ['-c', '']).status === 0 ? false : 'python3 is not installed';

function* ask(path: string, question: Uint8Array): Coroutine<Buffer> {
  const [reader, writer] = yield* openUnixConnection(path);
  writer.write(question);
  writer.writeEof();
  const answer = yield* reader.read();
  yield* closeWriter(writer);
  return answer;
}

onEachDriver((on) => {
  test('echo through a unix socket, short and long', () =>
    on.run(function* () {
      const path = newPath();
      const server = yield* startUnixServer(echo, path);
      assert.equal(String(yield* ask(path, Buffer.from('hello'))), 'hello');
      const long = Buffer.alloc(3_000_000, 'abcdefg');
      assert.ok((yield* ask(path, long)).equals(long));
      const many = yield* gather(Array.from({ length: 20 }, (_, i) => ask(path, Buffer.from(`number ${i}`))));
      assert.deepEqual(
        many.map(String),
        Array.from({ length: 20 }, (_, i) => `number ${i}`),
      );
      yield* closeServer(server);
    }));

  test('the file is there while the server is open, with the mode asked for, and no longer', () =>
    on.run(function* () {
      const path = newPath();
      const server = yield* startUnixServer(echo, path, { mode: 0o621 });
      assert.equal(statSync(path).mode & 0o777, 0o621);
      assert.ok(statSync(path).isSocket());
      assert.deepEqual(server.sockets[0]!.getsockname(), { family: 'unix', path });
      yield* closeServer(server);
      assert.equal(existsSync(path), false);
    }));

  test('cleanupSocket: false leaves the file, and the next server takes it over', () =>
    on.run(function* () {
      const path = newPath();
      const first = yield* startUnixServer(echo, path, { cleanupSocket: false });
      yield* closeServer(first);
      // A server on node:net always removes its own file.
      if (on.io !== 'node') assert.ok(statSync(path).isSocket());
      const second = yield* startUnixServer(echo, path);
      assert.equal(String(yield* ask(path, Buffer.from('again'))), 'again');
      yield* closeServer(second);
    }));

  test('closing leaves the socket of a server that took the path over', { skip: on.io === 'node' }, () =>
    on.run(function* () {
      const path = newPath();
      const first = yield* startUnixServer(echo, path);
      const second = yield* startUnixServer(echo, path);
      yield* closeServer(first);
      assert.equal(String(yield* ask(path, Buffer.from('mine'))), 'mine');
      yield* closeServer(second);
      assert.equal(existsSync(path), false);
    }),
  );

  test('a file that is no socket is not removed', () =>
    on.run(function* () {
      const path = newPath();
      writeFileSync(path, 'precious');
      const error = yield* thrownBy(startUnixServer(echo, path));
      assert.ok(error instanceof OSError);
      assert.deepEqual([error.code, error.address], ['EADDRINUSE', path]);
      assert.ok(statSync(path).isFile());
    }));

  test('abstract names', { skip: process.platform !== 'linux' }, () =>
    on.run(function* () {
      const path = `\0tsyncio-${process.pid}-${on.io}`;
      const server = yield* startUnixServer(echo, path);
      assert.equal(String(yield* ask(path, Buffer.from('no file'))), 'no file');
      yield* closeServer(server);
      const error = yield* thrownBy(openUnixConnection(path));
      assert.ok(error instanceof OSError);
      assert.equal(error.code, 'ECONNREFUSED');
      assert.match(error.message, /@tsyncio-/);
    }),
  );

  test('errors name the path', () =>
    on.run(function* () {
      const missing = yield* thrownBy(openUnixConnection(join(folder, 'missing')));
      assert.ok(missing instanceof OSError);
      assert.deepEqual(
        [missing.code, missing.syscall, missing.address],
        ['ENOENT', 'connect', join(folder, 'missing')],
      );
      const nowhere = yield* thrownBy(startUnixServer(echo, join(folder, 'no', 'such', 'folder')));
      assert.ok(nowhere instanceof OSError);
      assert.match(nowhere.code, /^(ENOENT|EACCES)$/);
      const long = yield* thrownBy(startUnixServer(echo, join(folder, 'x'.repeat(120))));
      assert.ok(long instanceof OSError);
      assert.match(long.code, /^(ENAMETOOLONG|EINVAL)$/);
    }));

  test('bad arguments', () =>
    on.run(function* () {
      const cases: [unknown, unknown, RegExp][] = [
        [undefined, undefined, /neither path nor sock was given/],
        [5, undefined, /path must be a string, got number 5/],
        ['', undefined, /path must not be empty/],
        ['a\0b', undefined, /zero character/],
        ['\0a', { mode: 0o600 }, /abstract name has no permissions/],
        [newPath(), { mode: -1 }, /mode must be an integer of at least 0/],
        [newPath(), { mode: 0o10000 }, /mode must be at most/],
        [newPath(), { backlog: 1.5 }, /backlog must be an integer/],
        [newPath(), 5, /expects an object of options, got/],
      ];
      for (const [path, options, message] of cases) {
        const error = yield* thrownBy(startUnixServer(echo, path as string, options as object));
        assert.match((error as Error).message, message);
      }
    }));

  test('transports and protocols; what is known of the connection', () =>
    on.run(function* () {
      const path = newPath();
      const loop = getRunningLoop();
      const said: string[] = [];
      class Answer extends Protocol {
        transport: Transport | undefined = undefined;
        override connectionMade(transport: Transport): void {
          this.transport = transport;
        }
        heard = '';
        override dataReceived(data: Buffer): void {
          this.heard += String(data);
          if (this.heard.length < 'good morning'.length) return;
          said.push(this.heard);
          this.transport!.write(Buffer.from('good evening'));
          this.transport!.close();
        }
      }
      class Ask extends Protocol {
        readonly over = loop.createFuture<string>();
        override connectionMade(transport: Transport): void {
          transport.write(Buffer.from('good morning'));
        }
        heard = '';
        override dataReceived(data: Buffer): void {
          this.heard += String(data);
        }
        override connectionLost(): void {
          said.push(this.heard);
          this.over.setResult('over');
        }
      }
      const server = yield* loop.createUnixServer(() => new Answer(), path, { startServing: false });
      assert.equal(server.isServing(), false);
      yield* server.startServing();
      const [transport, protocol] = yield* loop.createUnixConnection(() => new Ask(), path);
      assert.equal(transport.getExtraInfo<UnixAddress>('peername')!.path, path);
      assert.equal(yield* protocol.over, 'over');
      assert.deepEqual(said, ['good morning', 'good evening']);
      yield* closeServer(server);
    }));

  test("a client on Node's own sockets", () =>
    on.run(function* () {
      const path = newPath();
      const server = yield* startUnixServer(echo, path);
      const answer = yield* wrapFuture(
        new Promise<string>((resolve, reject) => {
          const socket = nodeConnect(path);
          let text = '';
          socket.on('data', (data) => {
            text += data;
          });
          socket.on('error', reject);
          socket.on('end', () => resolve(text));
          socket.end('from node');
        }),
      );
      assert.equal(answer, 'from node');
      yield* closeServer(server);
    }));

  test('a server written in Python', { skip: NO_PYTHON }, () =>
    on.run(function* () {
      const path = newPath();
      const child = spawn('python3', ['-c', PYTHON_SERVER, path], { stdio: ['ignore', 'pipe', 'inherit'] });
      try {
        yield* wrapFuture(new Promise((resolve) => child.stdout.once('data', resolve)));
        assert.equal(String(yield* ask(path, Buffer.from('ssss'))), 'SSSS');
      } finally {
        child.kill();
        yield* wrapFuture(new Promise((resolve) => child.once('close', resolve)));
      }
    }),
  );

  test('a cancelled connect and a closed server leave nothing', () =>
    on.run(function* () {
      const path = newPath();
      const server = yield* startUnixServer(() => undefined, path);
      const task = createTask(openUnixConnection(path));
      yield* sleep(0);
      task.cancel();
      assert.ok((yield* thrownBy(task)) instanceof CancelledError);
      server.close();
      server.abortClients();
      yield* server.waitClosed();
    }));
});

const PYTHON_SERVER = `
import socket, sys
server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[1])
server.listen()
print('ready', flush=True)
client, _ = server.accept()
data = b''
while piece := client.recv(1000):
    data += piece
client.sendall(data.upper())
client.close()
`;
