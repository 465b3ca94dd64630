import assert from 'node:assert/strict';
import { RuntimeError } from '../../src/core/errors.ts';
import * as errno from '../../src/io/errno.ts';
import type { DriverFactory } from './conformance.ts';
import {
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
  conform('half-close: one direction ends, the other goes on', factory, (rig) => {
    const { client, server } = rig.pair();
    const [atServer, atClient] = [rig.receive(server), rig.receive(client)];
    rig.end(rig.send(client, 'question'));
    rig.driver.shutdown(client, 'write');
    assert.equal(rig.end(atServer), 0);
    assert.equal(atServer.data.toString(), 'question');
    assert.deepEqual(atClient.ends, []);
    rig.end(rig.send(server, 'answer'));
    rig.driver.shutdown(server, 'write');
    assert.equal(rig.end(atClient), 0);
    assert.equal(atClient.data.toString(), 'answer');
    assert.equal(rig.end(rig.send(client, 'too late')), -errno.EPIPE);
  });

  conform('the end of the stream is found again by a later receive', factory, (rig) => {
    const { client, server } = rig.pair();
    const receive = rig.receive(server);
    rig.driver.close(client);
    assert.equal(rig.end(receive), 0);
    assert.equal(rig.end(rig.receive(server)), 0);
  });

  conform('shutdown of the reading side ends our own receive', factory, (rig) => {
    const { server } = rig.pair();
    const receive = rig.receive(server);
    rig.driver.poll();
    rig.driver.shutdown(server, 'read');
    assert.equal(rig.end(receive), 0);
  });

  conform('reset while receiving', factory, (rig) => {
    const { client, server } = rig.pair();
    const receive = rig.receive(server);
    rig.driver.poll();
    rig.driver.reset(client);
    assert.equal(rig.end(receive), -errno.ECONNRESET);
  });

  conform('reset before receiving', factory, (rig) => {
    const { client, server } = rig.pair();
    rig.driver.reset(client);
    assert.equal(rig.end(rig.receive(server)), -errno.ECONNRESET);
  });

  conform('reset behind data that was not read', factory, (rig) => {
    const { client, server } = rig.pair();
    rig.end(rig.send(client, 'last words'));
    rig.driver.reset(client);
    const receive = rig.receive(server);
    assert.equal(rig.end(receive), -errno.ECONNRESET);
    assert.ok('last words'.startsWith(receive.data.toString()));
  });

  conform('reset while a send waits for room', factory, (rig) => {
    const { client, server } = rig.pair();
    const send = rig.fill(client);
    rig.driver.reset(server);
    assert.ok(BROKEN.includes(rig.end(send)));
  });

  conform('reset while sending and receiving', factory, (rig) => {
    const { client, server } = rig.pair();
    const send = rig.fill(client);
    const receive = rig.receive(client);
    rig.driver.poll();
    rig.driver.reset(server);
    const ends = [rig.end(send), rig.end(receive)];
    assert.ok(ends.includes(-errno.ECONNRESET), `${ends}`);
  });

  conform('reset before sending', factory, (rig) => {
    const { client, server } = rig.pair();
    rig.driver.reset(server);
    assert.ok(BROKEN.includes(rig.end(rig.send(client, 'x'))));
  });

  conform('a socket is not closed under its operations', factory, (rig) => {
    const { driver } = rig;
    const { client, server } = rig.pair();
    const receive = rig.receive(server);
    assert.throws(() => driver.close(server), RuntimeError);
    driver.poll();
    assert.throws(() => driver.reset(server), RuntimeError);
    driver.cancel(receive);
    assert.throws(() => driver.close(server), RuntimeError, 'the end is not delivered yet');
    rig.end(receive);
    driver.close(server);
    driver.close(client);
    assert.equal(driver.stats.openSockets, 0);
  });

  conform('dispose delivers every end, and closes what is left', factory, (rig) => {
    const listener = rig.listen();
    const { client, server } = rig.pair();
    const [near, far] = foreignPair();
    const { server: fresh } = rig.pair();
    const operations = [rig.submit(new TestAccept(listener)), rig.receive(client), rig.receive(server)];
    operations.push(rig.submit(new TestPoll(near, 1)) as never, rig.fill(client) as never);
    rig.driver.poll();
    // Not handed over yet:
    operations.push(rig.receive(fresh), rig.send(fresh, 'x') as never, rig.submit(new TestPoll(far, 1)) as never);
    const address = rig.driver.localAddress(listener);
    const connect = rig.submit(new TestConnect(address));
    const listen = rig.submit(new TestListen(LOOPBACK));
    assert.equal(rig.driver.stats.inFlight, operations.length + 2);
    rig.driver.dispose();
    for (const operation of operations) assert.equal(operation.ends.length, 1, operation.constructor.name);
    assert.equal(connect.ends.length, 1);
    assert.equal(listen.ends.length, 1);
    rig.driver.dispose();
    closeForeign(near, far);
    assert.throws(() => rig.driver.submit(new TestConnect(address)), RuntimeError);
  });

  conform('dispose in a callback', factory, (rig) => {
    const { client, server } = rig.pair();
    const other = rig.pair();
    const receives = [rig.receive(server), rig.receive(other.server)];
    for (const receive of receives) receive.onMore = () => rig.driver.dispose();
    rig.send(client, 'x');
    rig.send(other.client, 'y');
    rig.until(() => receives.every((receive) => receive.ends.length === 1), 'both ends');
  });

  conform('dispose delivers all ends before it throws what a callback threw', factory, (rig) => {
    const { client, server } = rig.pair();
    const receives = [rig.receive(client), rig.receive(server)];
    for (const receive of receives) {
      receive.onOver = () => {
        throw new Error('from a callback');
      };
    }
    assert.throws(() => rig.driver.dispose(), { message: 'from a callback' });
    for (const receive of receives) assert.equal(receive.ends.length, 1);
  });

  conform('a hundred drivers one after the other leave nothing behind', factory, (rig) => {
    const before = openDescriptors();
    for (let i = 0; i < 100; i++) {
      const driver = factory();
      driver.submit(new TestListen(LOOPBACK));
      driver.poll();
      driver.dispose();
    }
    assert.deepEqual(openDescriptors(), before);
    assert.equal(rig.driver.stats.inFlight, 0);
  });
}
