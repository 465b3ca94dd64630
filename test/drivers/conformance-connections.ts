import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bindChecked, libc, pinned } from '../../src/ffi/libc.ts';
import type { Address } from '../../src/io/address.ts';
import * as errno from '../../src/io/errno.ts';
import type { DriverFactory } from './conformance.ts';
import {
  assertNothingOpened,
  closeForeign,
  conform,
  foreignPair,
  LOOPBACK,
  openDescriptors,
  type Rig,
  TestAccept,
  TestConnect,
  TestListen,
  TestPoll,
} from './harness.ts';

/** Makes a connection on `address` and sends a word each way. */
async function roundTrip(rig: Rig, address: Address): Promise<void> {
  const { client, server } = await rig.pair(address);
  const [atServer, atClient] = [rig.receive(server), rig.receive(client)];
  const [ask, answer] = [rig.send(client, 'ping'), rig.send(server, 'pong!')];
  await rig.until(() => atServer.length === 4 && atClient.length === 5, 'both words');
  assert.equal(atServer.data.toString(), 'ping');
  assert.equal(atClient.data.toString(), 'pong!');
  assert.deepEqual([await rig.end(ask), await rig.end(answer)], [4, 5]);
}

/** Runs `body` while the process may open no further descriptor. */
export async function withoutDescriptors(body: () => Promise<void>): Promise<void> {
  const RLIMIT_NOFILE = 7;
  const getrlimit = bindChecked('int getrlimit(int, intptr)');
  const setrlimit = bindChecked('int setrlimit(int, intptr)');
  const saved = pinned(16);
  assert.equal(getrlimit(RLIMIT_NOFILE, saved.address), 0);
  const low = pinned(16);
  low.bytes.set(saved.bytes);
  // The lowest free number is the first that may not be given out.
  const free = libc().fcntl(0, 0, 0);
  assert.ok(free > 0);
  libc().close(free);
  low.view.setUint32(0, free, true);
  low.view.setUint32(4, 0, true);
  assert.equal(setrlimit(RLIMIT_NOFILE, low.address), 0);
  try {
    await body();
  } finally {
    assert.equal(setrlimit(RLIMIT_NOFILE, saved.address), 0);
  }
}

export function connectionsConformance(factory: DriverFactory): void {
  conform('IPv4', factory, async (rig) => await roundTrip(rig, LOOPBACK));
  conform('IPv6', factory, async (rig) => await roundTrip(rig, { family: 6, host: '::1', port: 0 }));
  conform(
    'abstract unix socket',
    factory,
    async (rig) => await roundTrip(rig, { family: 'unix', path: `\0tsyncio-${process.pid}-${Math.random()}` }),
  );
  conform('unix socket in the file system', factory, async (rig) => {
    const folder = mkdtempSync(join(tmpdir(), 'tsyncio-'));
    try {
      await roundTrip(rig, { family: 'unix', path: join(folder, 'socket') });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  conform('addresses of both ends agree', factory, async (rig) => {
    const { driver } = rig;
    const { client, server } = await rig.pair();
    assert.deepEqual(driver.localAddress(client), driver.peerAddress(server));
    assert.deepEqual(driver.peerAddress(client), driver.localAddress(server));
    assert.throws(() => driver.localAddress(-1), { code: 'EBADF', syscall: 'getsockname' });
    assert.throws(() => driver.peerAddress(-1), { code: 'EBADF', syscall: 'getpeername' });
  });

  conform('a local address is bound before connecting', factory, async (rig) => {
    const listener = await rig.listen();
    const address = rig.driver.localAddress(listener);
    const connect = rig.submit(new TestConnect(address, { family: 4, host: '127.0.0.9', port: 0 }));
    const local = rig.driver.localAddress(await rig.end(connect));
    assert.ok(local.family === 4 && local.host === '127.0.0.9');
  });

  conform('socket options', factory, async (rig) => {
    const { client } = await rig.pair();
    for (const option of ['noDelay', 'keepAlive', 'sendBufferSize', 'receiveBufferSize'] as const) {
      const size = option.endsWith('Size');
      const set = (): void => rig.driver.setOption(client, option, size ? 65_536 : 1);
      if (size && !rig.can.bufferSizes) assert.throws(set, { code: 'ENOTSUP', syscall: 'setsockopt' });
      else set();
    }
    assert.throws(() => rig.driver.setOption(-1, 'noDelay', 1), { code: 'EBADF', syscall: 'setsockopt' });
  });

  conform('a refused connect ends with -ECONNREFUSED and leaves nothing open', factory, async (rig) => {
    const listener = await rig.listen();
    const address = rig.driver.localAddress(listener);
    rig.driver.close(listener);
    const before = openDescriptors();
    assert.equal(await rig.end(rig.submit(new TestConnect(address))), -errno.ECONNREFUSED);
    const missing: Address = { family: 'unix', path: '/nowhere/at/all' };
    assert.equal(await rig.end(rig.submit(new TestConnect(missing))), -errno.ENOENT);
    assertNothingOpened(before);
    assert.equal(rig.driver.stats.openSockets, 0);
  });

  conform('addresses that cannot be used', factory, async (rig) => {
    const taken = rig.driver.localAddress(await rig.listen());
    assert.equal(await rig.end(rig.submit(new TestListen(taken, { reuseAddress: false }))), -errno.EADDRINUSE);
    const elsewhere: Address = { family: 4, host: '192.0.2.1', port: 0 };
    assert.equal(await rig.end(rig.submit(new TestListen(elsewhere))), -errno.EADDRNOTAVAIL);
    const nonsense: Address = { family: 4, host: 'localhost', port: 0 };
    assert.equal(await rig.end(rig.submit(new TestListen(nonsense))), -errno.EINVAL);
    assert.equal(await rig.end(rig.submit(new TestConnect(nonsense))), -errno.EINVAL);
    assert.equal(await rig.end(rig.submit(new TestConnect(taken, elsewhere))), -errno.EADDRNOTAVAIL);
    const long: Address = { family: 'unix', path: `/${'x'.repeat(200)}` };
    assert.equal(await rig.end(rig.submit(new TestListen(long))), -errno.ENAMETOOLONG);
    assert.equal(await rig.end(rig.submit(new TestConnect(long))), -errno.ENAMETOOLONG);
  });

  conform('descriptors that are none', factory, async (rig) => {
    const [a, b] = rig.can.systemDescriptors ? foreignPair() : [-1, -1];
    if (rig.can.systemDescriptors) closeForeign(a, b);
    for (const fd of [-1, a, 1_000_000]) {
      assert.equal(await rig.end(rig.receive(fd)), -errno.EBADF, `receive on ${fd}`);
      assert.equal(await rig.end(rig.send(fd, 'x')), -errno.EBADF, `send on ${fd}`);
      assert.equal(await rig.end(rig.submit(new TestAccept(fd))), -errno.EBADF, `accept on ${fd}`);
      assert.equal(await rig.end(rig.submit(new TestPoll(fd, 1))), -errno.EBADF, `poll on ${fd}`);
    }
  });

  conform('500 connections at once', factory, async (rig) => {
    const COUNT = 500;
    const listener = await rig.listen();
    const accept = rig.submit(new TestAccept(listener));
    const address = rig.driver.localAddress(listener);
    const connects = Array.from({ length: COUNT }, () => rig.submit(new TestConnect(address)));
    await rig.until(() => connects.every((connect) => connect.ends.length === 1), 'all connects');
    await rig.until(() => accept.fds.length === COUNT, 'all connections');
    assert.equal(new Set(accept.fds).size, COUNT);
    const receives = accept.fds.map((fd) => rig.receive(fd));
    connects.forEach((connect, i) => {
      rig.send(connect.fd, `client ${i}.`);
    });
    await rig.until(() => receives.every((receive) => receive.data.at(-1) === 46), 'all words');
    const words = new Set(receives.map((receive) => receive.data.toString()));
    assert.deepEqual(words, new Set(connects.map((_, i) => `client ${i}.`)));
    assert.equal(rig.driver.stats.openSockets, 2 * COUNT + 1);
    assert.equal(rig.driver.stats.inFlight, COUNT + 1);
  });

  conform('clients that leave before they are accepted do not disturb the listener', factory, async (rig) => {
    const listener = await rig.listen();
    const address = rig.driver.localAddress(listener);
    const gone: number[] = [];
    while (gone.length < 20) gone.push(await rig.connect(address));
    gone.forEach((fd, i) => {
      if (i % 2 === 0) rig.driver.reset(fd);
      else rig.driver.close(fd);
    });
    const accept = rig.submit(new TestAccept(listener));
    const word = rig.send(await rig.connect(address), 'still here');
    const receives = new Map<number, ReturnType<Rig['receive']>>();
    await rig.until(() => {
      for (const fd of accept.fds) if (!receives.has(fd)) receives.set(fd, rig.receive(fd));
      return [...receives.values()].some((receive) => receive.data.toString() === 'still here');
    }, 'the one that stayed');
    assert.equal(await rig.end(word), 10);
    assert.deepEqual(accept.ends, []);
  });

  conform(
    'without descriptors accept ends with -EMFILE, and goes on later',
    factory,
    async (rig) => {
      const listener = await rig.listen();
      const address = rig.driver.localAddress(listener);
      const client = await rig.connect(address);
      const accept = new TestAccept(listener);
      await withoutDescriptors(async () => {
        assert.equal(await rig.end(rig.submit(accept)), -errno.EMFILE);
      });
      accept.ends.length = 0;
      rig.driver.submit(accept);
      await rig.until(() => accept.fds.length === 1, 'the connection');
      assert.deepEqual(rig.driver.peerAddress(accept.fds[0]!), rig.driver.localAddress(client));
    },
    'acceptErrors',
  );
}
