import assert from 'node:assert/strict';
import { RuntimeError } from '../../src/core/errors.ts';
import * as errno from '../../src/io/errno.ts';
import type { DriverFactory } from './conformance.ts';
import {
  assertNothingOpened,
  closeForeign,
  conform,
  foreignPair,
  LOOPBACK,
  openDescriptors,
  TestAccept,
  TestConnect,
  TestListen,
  TestPoll,
} from './harness.ts';

const BROKEN = [-errno.ECONNRESET, -errno.EPIPE];

export function endingConformance(factory: DriverFactory): void {
  conform('half-close: one direction ends, the other goes on', factory, async (rig) => {
    const { client, server } = await rig.pair();
    const [atServer, atClient] = [rig.receive(server), rig.receive(client)];
    await rig.end(rig.send(client, 'question'));
    rig.driver.shutdown(client, 'write');
    assert.equal(await rig.end(atServer), 0);
    assert.equal(atServer.data.toString(), 'question');
    assert.deepEqual(atClient.ends, []);
    await rig.end(rig.send(server, 'answer'));
    rig.driver.shutdown(server, 'write');
    assert.equal(await rig.end(atClient), 0);
    assert.equal(atClient.data.toString(), 'answer');
    assert.equal(await rig.end(rig.send(client, 'too late')), -errno.EPIPE);
  });

  conform('the end of the stream is found again by a later receive', factory, async (rig) => {
    const { client, server } = await rig.pair();
    const receive = rig.receive(server);
    rig.driver.close(client);
    assert.equal(await rig.end(receive), 0);
    assert.equal(await rig.end(rig.receive(server)), 0);
  });

  conform('shutdown of the reading side ends our own receive', factory, async (rig) => {
    const { server } = await rig.pair();
    const receive = rig.receive(server);
    await rig.polls(1);
    rig.driver.shutdown(server, 'read');
    assert.equal(await rig.end(receive), 0);
  });

  conform('reset while receiving', factory, async (rig) => {
    const { client, server } = await rig.pair();
    const receive = rig.receive(server);
    await rig.polls(1);
    rig.driver.reset(client);
    assert.equal(await rig.end(receive), -errno.ECONNRESET);
  });

  conform('reset before receiving', factory, async (rig) => {
    const { client, server } = await rig.pair();
    rig.driver.reset(client);
    assert.equal(await rig.end(rig.receive(server)), -errno.ECONNRESET);
  });

  conform('reset behind data that was not read', factory, async (rig) => {
    const { client, server } = await rig.pair();
    await rig.end(rig.send(client, 'last words'));
    rig.driver.reset(client);
    const receive = rig.receive(server);
    const result = await rig.end(receive);
    // An end like any other is the worst that may come of it.
    if (rig.can.resetBehindData || result !== 0) assert.equal(result, -errno.ECONNRESET);
    assert.ok('last words'.startsWith(receive.data.toString()));
  });

  conform('reset while a send waits for room', factory, async (rig) => {
    const { client, server } = await rig.pair();
    const send = await rig.fill(client);
    rig.driver.reset(server);
    assert.ok(BROKEN.includes(await rig.end(send)));
  });

  conform('reset while sending and receiving', factory, async (rig) => {
    const { client, server } = await rig.pair();
    const send = await rig.fill(client);
    const receive = rig.receive(client);
    await rig.polls(1);
    rig.driver.reset(server);
    const ends = [await rig.end(send), await rig.end(receive)];
    assert.ok(ends.includes(-errno.ECONNRESET), `${ends}`);
  });

  conform('reset before sending', factory, async (rig) => {
    const { client, server } = await rig.pair();
    rig.driver.reset(server);
    assert.ok(BROKEN.includes(await rig.end(rig.send(client, 'x'))));
  });

  conform('a socket is not closed under its operations', factory, async (rig) => {
    const { driver } = rig;
    const { client, server } = await rig.pair();
    const receive = rig.receive(server);
    assert.throws(() => driver.close(server), RuntimeError);
    await rig.polls(1);
    assert.throws(() => driver.reset(server), RuntimeError);
    driver.cancel(receive);
    assert.throws(() => driver.close(server), RuntimeError, 'the end is not delivered yet');
    await rig.end(receive);
    driver.close(server);
    driver.close(client);
    assert.equal(driver.stats.openSockets, 0);
  });

  conform('dispose delivers every end, and closes what is left', factory, async (rig) => {
    const listener = await rig.listen();
    const { client, server } = await rig.pair();
    const [near, far] = rig.can.systemDescriptors ? foreignPair() : [-1, -1];
    const { server: fresh } = await rig.pair();
    const operations = [rig.submit(new TestAccept(listener)), rig.receive(client), rig.receive(server)];
    if (rig.can.readiness) operations.push(rig.submit(new TestPoll(near, 1)) as never);
    operations.push((await rig.fill(client)) as never);
    await rig.polls(1);
    // Not handed over yet:
    operations.push(rig.receive(fresh), rig.send(fresh, 'x') as never);
    if (rig.can.readiness) operations.push(rig.submit(new TestPoll(far, 1)) as never);
    const address = rig.driver.localAddress(listener);
    const connect = rig.submit(new TestConnect(address));
    const listen = rig.submit(new TestListen(LOOPBACK));
    assert.equal(rig.driver.stats.inFlight, operations.length + 2);
    rig.driver.dispose();
    for (const operation of operations) assert.equal(operation.ends.length, 1, operation.constructor.name);
    assert.equal(connect.ends.length, 1);
    assert.equal(listen.ends.length, 1);
    rig.driver.dispose();
    if (rig.can.systemDescriptors) closeForeign(near, far);
    assert.throws(() => rig.driver.submit(new TestConnect(address)), RuntimeError);
  });

  conform('dispose in a callback', factory, async (rig) => {
    const { client, server } = await rig.pair();
    const other = await rig.pair();
    const receives = [rig.receive(server), rig.receive(other.server)];
    for (const receive of receives) receive.onMore = () => rig.driver.dispose();
    rig.send(client, 'x');
    rig.send(other.client, 'y');
    await rig.until(() => receives.every((receive) => receive.ends.length === 1), 'both ends');
  });

  conform('dispose delivers all ends before it throws what a callback threw', factory, async (rig) => {
    const { client, server } = await rig.pair();
    const receives = [rig.receive(client), rig.receive(server)];
    for (const receive of receives) {
      receive.onOver = () => {
        throw new Error('from a callback');
      };
    }
    assert.throws(() => rig.driver.dispose(), { message: 'from a callback' });
    for (const receive of receives) assert.equal(receive.ends.length, 1);
  });

  conform('a hundred drivers one after the other leave nothing behind', factory, async (rig) => {
    const before = openDescriptors();
    for (let i = 0; i < 100; i++) {
      const driver = factory();
      driver.submit(new TestListen(LOOPBACK));
      await rig.polls(1);
      driver.dispose();
    }
    assertNothingOpened(before);
    assert.equal(rig.driver.stats.inFlight, 0);
  });
}
