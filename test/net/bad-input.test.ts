import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import {
  AddressesError,
  type DatagramOptions,
  DatagramProtocol,
  getRunningLoop,
  NameError,
  newEventLoop,
  OSError,
  openConnection,
  RuntimeError,
  run,
  startServer,
} from 'tsyncio';
import { runVirtual } from 'tsyncio/testing';
import { closeServer, closeWriter, connect, echo, onEachDriver, portOf, serve, thrownBy } from './drivers.ts';
import { ca, server as tlsServer } from './tls-fixtures.ts';

onEachDriver((on) => {
  test('a port in use', () =>
    on.run(function* () {
      const server = yield* serve(echo);
      const port = portOf(server);
      const error = yield* thrownBy(serve(echo, { port }));
      assert.ok(error instanceof OSError);
      assert.deepEqual(
        [error.code, error.syscall, error.address, error.port],
        ['EADDRINUSE', 'listen', '127.0.0.1', port],
      );
      const [reader, writer] = yield* connect(server);
      writer.write(Buffer.from('still here\n'));
      assert.equal(String(yield* reader.readLine()), 'still here\n');
      yield* closeWriter(writer);
      yield* closeServer(server);
    }));

  test('a refused connection; several, with every error', () =>
    on.run(function* () {
      const server = yield* serve(echo);
      const port = portOf(server);
      yield* closeServer(server);
      const error = yield* thrownBy(openConnection({ host: '127.0.0.1', port }));
      assert.ok(error instanceof OSError && !(error instanceof AddressesError));
      assert.deepEqual(
        [error.code, error.syscall, error.address, error.port],
        ['ECONNREFUSED', 'connect', '127.0.0.1', port],
      );
      const network = getRunningLoop().network!;
      const both = { lookup: () => twoHosts() };
      Object.defineProperty(network, 'resolver', { value: both });
      const errors = yield* thrownBy(openConnection({ host: 'two.example', port }));
      assert.ok(errors instanceof AddressesError);
      assert.equal(errors.code, 'ECONNREFUSED');
      assert.deepEqual(
        errors.errors.map(({ code, address }) => [code, address]),
        [
          ['ECONNREFUSED', '127.0.0.1'],
          ['ECONNREFUSED', '127.0.0.2'],
        ],
      );
    }));

  test('an unknown host', () =>
    on.run(function* () {
      const error = yield* thrownBy(openConnection({ host: 'no-such-host.invalid', port: 80 }));
      assert.ok(error instanceof NameError && error instanceof OSError);
      assert.match(error.code, /^(ENOTFOUND|EAI_AGAIN)$/);
      assert.deepEqual([error.syscall, error.hostname], ['getaddrinfo', 'no-such-host.invalid']);
      assert.equal(((yield* thrownBy(serve(echo, { host: 'no-such-host.invalid' }))) as NameError).name, 'OSError');
    }));

  for (const tls of [undefined, tlsServer]) {
    test(`writeLines with a mistake in it sends nothing${tls ? ', by TLS' : ''}`, () =>
      on.run(function* () {
        const server = yield* serve(echo, { tls });
        const secure = tls && { ca };
        const [reader, writer] = yield* openConnection({ host: '127.0.0.1', port: portOf(server), tls: secure });
        const mistaken = [Buffer.from('not this'), 'a text' as never];
        assert.throws(() => writer.writeLines(mistaken), /TypeError: writeLines expects a Uint8Array.*"a text"/);
        const failing = function* (): Generator<Uint8Array> {
          yield Buffer.from('nor this');
          throw new RangeError('no more');
        };
        assert.throws(() => writer.writeLines(failing()), /no more/);
        writer.writeLines([Buffer.from('but '), Buffer.from('this\n')]);
        assert.equal(String(yield* reader.readLine()), 'but this\n');
        yield* closeWriter(writer);
        yield* closeServer(server);
      }));
  }

  test('bad families, and local addresses as Python has them', () =>
    on.run(function* () {
      const loop = getRunningLoop();
      const datagrams = (options: object) =>
        loop.createDatagramEndpoint(() => new DatagramProtocol(), options as DatagramOptions);
      for (const family of [5, '4', null] as never[]) {
        for (const attempt of [
          serve(echo, { family }),
          startServer(echo, { port: 0, family }),
          openConnection({ host: 'localhost', port: 1, family }),
          loop.getaddrinfo('localhost', 1, { family }),
          datagrams({ family }),
        ]) {
          assert.match(String(yield* thrownBy(attempt)), /RangeError: \w+: family must be 0, 4.* 6.*, got/);
        }
      }
      for (const localAddr of [['127.0.0.1', 0], null, 5] as never[]) {
        assert.match(
          String(yield* thrownBy(datagrams({ localAddr }))),
          /TypeError: .*localAddr must be \{ host, port \}/,
        );
        const connecting = openConnection({ host: '127.0.0.1', port: 1, localAddr });
        assert.match(String(yield* thrownBy(connecting)), /TypeError: .*localAddr must be \{ host, port \}, got/);
      }
    }));

  test('bad ports, hosts and callbacks', () =>
    on.run(function* () {
      for (const port of [-1, 65_536, 1.5, Number.NaN]) {
        assert.match(String(yield* thrownBy(openConnection({ port }))), /RangeError.*0 to 65535, got/);
        assert.match(String(yield* thrownBy(startServer(echo, { port }))), /RangeError.*0 to 65535, got/);
      }
      for (const wrong of [undefined, '80', null]) {
        assert.ok((yield* thrownBy(openConnection({ host: '127.0.0.1', port: wrong as never }))) instanceof TypeError);
      }
      assert.match(String(yield* thrownBy(openConnection({ host: 5 as never, port: 1 }))), /TypeError.*host/);
      assert.match(String(yield* thrownBy(openConnection(undefined as never))), /TypeError.*options/);
      assert.match(String(yield* thrownBy(startServer(5 as never, { port: 0 }))), /TypeError.*function/);
      const called = echo(undefined as never, undefined as never);
      assert.match(String(yield* thrownBy(startServer(called as never, { port: 0 }))), /give the function itself/);
      assert.match(String(yield* thrownBy(serve(echo, { limit: -1 }))), /RangeError/);
      assert.match(String(yield* thrownBy(serve(echo, { host: [] }))), /RangeError/);
      assert.match(String(yield* thrownBy(openConnection({ host: '::1', port: 1, family: 4 }))), /RangeError.*IPv6/);
    }));
});

test('an unknown driver', () => {
  assert.throws(() => newEventLoop({ io: 'kqueue' as never }), /RangeError.*'io_uring', 'epoll', 'node', got kqueue/);
});

test('without FFI: the network is on the node driver and says why, another driver is refused at once', () => {
  const script = `
    import { run, sleep, startServer, getRunningLoop, newEventLoop } from 'tsyncio';
    console.log(await run(sleep(1, 'slept')));
    await run((function* () {
      const server = yield* startServer(function* () {}, { host: '127.0.0.1', port: 0 });
      console.log(JSON.stringify(getRunningLoop().driverInfo));
      server.close();
      yield* server.waitClosed();
    })());
    try { newEventLoop({ io: 'epoll' }); } catch (error) { console.log(String(error)); }
  `;
  const words = ['--conditions=@tsyncio/source', '--import', 'tsx', '--input-type=module', '-e', script];
  const env = { ...process.env, NODE_OPTIONS: '', TSYNCIO_FFI: 'off' };
  const child = spawnSync(process.execPath, words, { env, encoding: 'utf8' });
  const [slept, auto, forced] = child.stdout.split('\n');
  assert.equal(slept, 'slept', child.stderr);
  const { name, fallbacks } = JSON.parse(auto!);
  assert.equal(name, 'node');
  assert.deepEqual(
    fallbacks.map((fallback: { name: string }) => fallback.name),
    ['io_uring', 'epoll'],
  );
  for (const { reason } of fallbacks) assert.match(reason, /TSYNCIO_FFI=off/);
  assert.match(forced!, /RuntimeError.*epoll: .*TSYNCIO_FFI=off/);
});

test('TSYNCIO_IO with an unknown driver', async () => {
  process.env.TSYNCIO_IO = 'iocp';
  try {
    await assert.rejects(run(openConnection({ port: 1 })), /RangeError: the environment variable TSYNCIO_IO must be/);
  } finally {
    delete process.env.TSYNCIO_IO;
  }
});

test('in virtual time there is no network', () => {
  assert.throws(() => runVirtual(openConnection({ port: 1 })), RuntimeError);
});

function* twoHosts() {
  return [
    { family: 4 as const, host: '127.0.0.1' },
    { family: 4 as const, host: '127.0.0.2' },
  ];
}
