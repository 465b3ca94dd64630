/** What docs/drivers.md says of the driver on node:net, and what is its own affair. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { NodeDriver } from '../../src/drivers/node/driver.ts';
import { canReusePort } from '../../src/drivers/node/opener.ts';
import { openConnector, startConnect } from '../../src/ffi/sockets.ts';
import * as errno from '../../src/io/errno.ts';
import { READABLE } from '../../src/io/operation.ts';
import { Child } from '../support/child.ts';
import { withoutDescriptors } from './conformance-connections.ts';
import {
  closeForeign,
  conform,
  isReadable,
  LOOPBACK,
  needFfi,
  pattern,
  TestAccept,
  TestConnect,
  TestListen,
  TestPoll,
} from './harness.ts';

const factory = (): NodeDriver => new NodeDriver();

conform('Poll ends with ENOTSUP', factory, async (rig) => {
  const { server } = await rig.pair();
  assert.equal(await rig.end(rig.submit(new TestPoll(server, READABLE))), -errno.ENOTSUP);
});

conform('descriptors are no numbers of the system', factory, async (rig) => {
  const { client, server } = await rig.pair();
  assert.ok(client >= 1_000_000_000 && server >= 1_000_000_000);
  assert.equal(await rig.end(rig.receive(0)), -errno.EBADF);
});

conform('what nobody accepts waits up to the backlog, the rest is reset', factory, async (rig) => {
  const listener = await rig.listen(LOOPBACK, { backlog: 2 });
  const address = rig.driver.localAddress(listener);
  const connects = Array.from({ length: 5 }, () => rig.submit(new TestConnect(address)));
  await rig.until(() => connects.every(({ ends }) => ends.length === 1), 'the connects');
  const open = connects.filter(({ fd }) => fd >= 0);
  const receives = open.map(({ fd }) => rig.receive(fd));
  await rig.until(() => receives.filter(({ ends }) => ends.length > 0).length === open.length - 2, 'the resets');
  for (const { ends } of receives) assert.ok(ends.length === 0 || ends[0] === -errno.ECONNRESET, `${ends}`);
  const accept = rig.submit(new TestAccept(listener));
  await rig.until(() => accept.fds.length === 2, 'those that waited');
});

conform('out of descriptors, Node closes connections and tells nobody', factory, async (rig) => {
  needFfi();
  const listener = await rig.listen();
  const accept = rig.submit(new TestAccept(listener));
  await rig.polls(1);
  const address = rig.driver.localAddress(listener);
  // A client that no driver knows: the kernel connects it, Node has not looked yet.
  const client = openConnector(address, undefined);
  startConnect(client, address);
  rig.after(() => closeForeign(client));
  await withoutDescriptors(() => rig.until(() => isReadable(client, 0), 'the end of the connection'));
  assert.deepEqual([accept.fds, accept.ends], [[], []]);
  await rig.connect(address);
  await rig.until(() => accept.fds.length === 1, 'the next connection');
});

conform('the path of a unix socket is removed', factory, async (rig) => {
  const folder = mkdtempSync(join(tmpdir(), 'tsyncio-'));
  try {
    const path = join(folder, 'socket');
    const listener = await rig.listen({ family: 'unix', path });
    assert.equal(existsSync(path), true);
    rig.driver.close(listener);
    assert.equal(existsSync(path), false);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

conform('an address that is not quite free is always taken over', factory, async (rig) => {
  const listener = await rig.listen();
  const address = rig.driver.localAddress(listener);
  const accept = rig.submit(new TestAccept(listener));
  const client = await rig.connect(address);
  await rig.until(() => accept.fds.length === 1, 'the connection');
  await rig.stop(accept);
  const receive = rig.receive(client);
  // Who closes first keeps the port in TIME_WAIT.
  for (const fd of [listener, accept.fds[0]!]) rig.driver.close(fd);
  assert.equal(await rig.end(receive), 0);
  rig.driver.close(client);
  await rig.listen(address, { reuseAddress: false });
});

conform('wait returns at once, with nothing that needs a turn of Node', factory, async (rig) => {
  const { client, server } = await rig.pair();
  const receive = rig.receive(server);
  rig.send(client, 'x');
  assert.equal(rig.driver.timed, false);
  rig.driver.wait(3_600_000);
  assert.equal(receive.length, 0);
  await rig.until(() => receive.length === 1, 'the byte');
});

conform('a sleeping host is woken once for many completions', factory, async (rig) => {
  const pairs = await rig.pairs(5);
  const receives = pairs.map(({ server }) => rig.receive(server));
  for (const { client } of pairs) rig.send(client, 'x');
  rig.driver.flush();
  rig.driver.poll();
  let wakes = 0;
  rig.driver.onWake = () => {
    wakes++;
  };
  assert.equal(rig.driver.prepareSleep(undefined), true);
  while (wakes === 0) await new Promise(setImmediate);
  assert.equal(rig.driver.prepareSleep(undefined), false, 'something waits');
  for (let i = 0; i < 5; i++) await new Promise(setImmediate);
  assert.equal(wakes, 1);
  await rig.until(() => receives.every(({ length }) => length === 1), 'all bytes');
});

conform('the memory of a cancelled send is free at once', factory, async (rig) => {
  const { client, server } = await rig.pair();
  const send = await rig.fill(client);
  const result = await rig.stop(send);
  send.data!.fill(0);
  const receive = rig.receive(server);
  rig.driver.shutdown(client, 'write');
  assert.equal(await rig.end(receive), 0);
  assert.equal(receive.length, result);
  assert.ok(receive.pieces.every((piece) => piece.every((byte) => byte === 102)));
});

conform('a send behind a cancelled one waits until Node has sent that', factory, async (rig) => {
  const { client, server } = await rig.pair();
  const sent = await rig.stop(await rig.fill(client));
  // More than the kernel may still find room for.
  const data = pattern(16 * 1024 * 1024);
  const next = rig.send(client, data);
  await rig.polls(3);
  assert.deepEqual(next.ends, []);
  const receive = rig.receive(server);
  assert.equal(await rig.end(next), data.length);
  await rig.until(() => receive.length === sent + data.length, 'both');
  assert.ok(receive.data.subarray(sent).equals(data));
});

test('reusePort is known by version', () => {
  const known = ['20.20.2', '21.9.0', '22.11.0', '22.12.0', '23.0.0', '23.1.0', '24.0.0'].map((v) => canReusePort(v));
  assert.deepEqual(known, [false, false, false, true, false, true, true]);
});

conform('reusePort works or is refused', factory, async (rig) => {
  const first = await rig.end(rig.submit(new TestListen(LOOPBACK, { reusePort: true })));
  if (!canReusePort()) {
    assert.equal(first, -errno.ENOTSUP);
    return;
  }
  const address = rig.driver.localAddress(first);
  assert.ok((await rig.end(rig.submit(new TestListen(address, { reusePort: true })))) >= 0);
});

/** Runs a program in which `main` is a coroutine. */
function program(main: string): Child {
  const script = `
    import { run, startServer, openConnection, Future, DeadlockError } from 'tsyncio';
    function* echo(reader, writer) { writer.write(yield* reader.readLine()); writer.close(); }
    await run((function* () { ${main} })()).catch((error) => console.log(error.name));
  `;
  const words = ['--conditions=@tsyncio/source', '--import', 'tsx', '--input-type=module', '-e', script];
  return new Child(words, { TSYNCIO_IO: 'node', TSYNCIO_FFI: 'off' });
}

test('a program that can never go on is told so, whatever sockets it has', async () => {
  const { stdout, stderr } = await program(`
    const server = yield* startServer(echo, { host: '127.0.0.1', port: 0, startServing: false });
    yield* new Future();
  `).ended();
  assert.equal(stdout, 'DeadlockError\n', stderr);
});

test('a program ends, whatever sockets it leaves', async () => {
  const { code, stdout, stderr } = await program(`
    const server = yield* startServer(echo, { host: '127.0.0.1', port: 0 });
    const [reader, writer] = yield* openConnection({ host: '127.0.0.1', port: server.sockets[0].getsockname().port });
    writer.write(Buffer.from('hello\\n'));
    console.log((yield* reader.readLine()).toString().trim());
    yield* openConnection({ host: '127.0.0.1', port: server.sockets[0].getsockname().port });
  `).ended();
  assert.deepEqual([code, stdout], [0, 'hello\n'], stderr);
});
