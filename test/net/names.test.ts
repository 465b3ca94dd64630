import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AddressesError,
  type Coroutine,
  createTask,
  type EventLoop,
  getRunningLoop,
  type InetAddress,
  NameError,
  OSError,
  openConnection,
  Socket,
} from 'tsyncio';
import type { Network } from '../../src/net/network.ts';
import type { ResolvedHost } from '../../src/net/resolver.ts';
import { closeServer, closeWriter, echo, onEachDriver, portOf, serve, thrownBy } from './drivers.ts';

/** Makes a name of the loop resolve to these IPv4 addresses. */
function pretend(loop: EventLoop, hosts: readonly string[]): void {
  const lookup = function* (): Coroutine<readonly ResolvedHost[]> {
    return hosts.map((host) => ({ family: 4, host }));
  };
  const network = loop.network as { resolver: Network['resolver'] };
  network.resolver = { ...network.resolver, lookup };
}

onEachDriver((on) => {
  test('happy eyeballs: an address that does not answer is overtaken', { skip: on.io === 'node' }, () =>
    on.run(function* () {
      const loop = getRunningLoop();
      const server = yield* serve(echo);
      const port = portOf(server);
      // A listener whose queue is full does not answer any more.
      using silent = new Socket();
      silent.bind({ host: '127.0.0.2', port });
      silent.listen(0);
      using filler = new Socket();
      yield* loop.sockConnect(filler, { host: '127.0.0.2', port });
      pretend(loop, ['127.0.0.2', '127.0.0.2', '127.0.0.1']);
      const [reader, writer] = yield* openConnection({ host: 'some.host', port, happyEyeballsDelay: 20 });
      assert.equal(writer.getExtraInfo<InetAddress>('peername')!.host, '127.0.0.1');
      writer.write(Buffer.from('hi'));
      assert.equal(String(yield* reader.readExactly(2)), 'hi');
      yield* closeWriter(writer);
      yield* closeServer(server);
    }),
  );

  test('happy eyeballs: all refuse, all errors are told', () =>
    on.run(function* () {
      const loop = getRunningLoop();
      const server = yield* serve(echo);
      const port = portOf(server);
      yield* closeServer(server);
      pretend(loop, ['127.0.0.1', '127.0.0.2']);
      for (const happyEyeballsDelay of [undefined, 0, 1000]) {
        const error = yield* thrownBy(openConnection({ host: 'some.host', port, happyEyeballsDelay }));
        assert.ok(error instanceof AddressesError);
        assert.deepEqual(
          error.errors.map(({ code, address }) => [code, address]),
          [
            ['ECONNREFUSED', '127.0.0.1'],
            ['ECONNREFUSED', '127.0.0.2'],
          ],
        );
      }
      for (const options of [{ happyEyeballsDelay: -1 }, { happyEyeballsDelay: Number.NaN }, { interleave: 0.5 }]) {
        const wrong = yield* thrownBy(openConnection({ port, ...options }));
        assert.ok(wrong instanceof RangeError || wrong instanceof TypeError, String(wrong));
      }
    }));

  test('localAddr, with a race', () =>
    on.run(function* () {
      const server = yield* serve(echo);
      const options = { host: '127.0.0.1', port: portOf(server), localAddr: { host: '127.0.0.3' } };
      const [, writer] = yield* openConnection({ ...options, happyEyeballsDelay: 250 });
      assert.equal(writer.getExtraInfo<InetAddress>('sockname')!.host, '127.0.0.3');
      yield* closeWriter(writer);
      yield* closeServer(server);
    }));

  test('getaddrinfo', () =>
    on.run(function* () {
      const loop = getRunningLoop();
      const [first] = yield* loop.getaddrinfo('localhost', 80, { family: 4 });
      assert.deepEqual(first, { family: 4, type: 'stream', address: { family: 4, host: '127.0.0.1', port: 80 } });
      assert.deepEqual(yield* loop.getaddrinfo('::1', 53, { type: 'datagram' }), [
        { family: 6, type: 'datagram', address: { family: 6, host: '::1', port: 53 } },
      ]);
      const all = yield* loop.getaddrinfo(undefined, 80, { passive: true });
      assert.deepEqual(
        all.map(({ address }) => address.host),
        ['0.0.0.0', '::'],
      );
      assert.match(String(yield* thrownBy(loop.getaddrinfo('localhost', 70_000))), /RangeError/);
      assert.match(
        String(yield* thrownBy(loop.getaddrinfo('localhost', 1, { type: 'raw' as 'stream' }))),
        /RangeError/,
      );
      const task = createTask(loop.getaddrinfo('localhost', 1));
      task.cancel();
      assert.equal((yield* thrownBy(task)) instanceof Error, true);
    }));

  test('getnameinfo', () =>
    on.run(function* () {
      const loop = getRunningLoop();
      const here = { host: '127.0.0.1', port: 80 };
      assert.deepEqual(yield* loop.getnameinfo(here, { numericHost: true, numericService: true }), ['127.0.0.1', '80']);
      const [host, service] = yield* loop.getnameinfo(here);
      assert.ok(host.length > 0 && service.length > 0);
      assert.equal((yield* loop.getnameinfo(here, { numericService: true }))[1], '80');
      assert.match(String(yield* thrownBy(loop.getnameinfo({ host: 'localhost', port: 80 }))), /RangeError/);
      const missing = yield* thrownBy(openConnection({ host: 'no.such.host.invalid', port: 1 }));
      assert.ok(missing instanceof NameError && missing instanceof OSError);
    }));
});
