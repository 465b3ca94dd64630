import assert from 'node:assert/strict';
import * as errno from '../../src/io/errno.ts';
import { COPY_LIMIT, type Operation } from '../../src/io/operation.ts';
import type { DriverFactory } from './conformance.ts';
import {
  conform,
  LOOPBACK,
  pattern,
  type Rig,
  TestAccept,
  TestConnect,
  TestListen,
  TestPoll,
  type TestReceive,
} from './harness.ts';

/** What can be waited for without an end, each made so that it does not end by itself. */
const WAITING: Record<string, (rig: Rig) => Operation & { readonly ends: number[] }> = {
  receive: (rig) => rig.receive(rig.pair().server),
  accept: (rig) => rig.submit(new TestAccept(rig.listen())),
  poll: (rig) => rig.submit(new TestPoll(rig.pair().server, 1)),
  connect: (rig) => rig.submit(new TestConnect(fullListener(rig))),
};

/** A listener whose queue is full: the kernel ignores further connects until somebody accepts. */
function fullListener(rig: Rig) {
  const address = rig.driver.localAddress(rig.listen(LOOPBACK, { backlog: 0 }));
  rig.connect(address);
  return address;
}

/** Cancels when `count` bytes are sure to lie in the kernel, reads on, and returns what the two receives got. */
function cancelWithDataAround(rig: Rig, receive: TestReceive, data: Buffer): Buffer {
  assert.equal(rig.stop(receive), -errno.ECANCELED);
  const rest = rig.receive(receive.fd);
  rig.until(() => receive.length + rest.length === data.length, 'the rest');
  return Buffer.concat([receive.data, rest.data]);
}

export function cancelConformance(factory: DriverFactory): void {
  for (const [name, make] of Object.entries(WAITING)) {
    conform(`${name}: before flush`, factory, (rig) => {
      assert.equal(rig.stop(make(rig)), -errno.ECANCELED);
    });
    conform(`${name}: after flush`, factory, (rig) => {
      const operation = make(rig);
      rig.driver.flush();
      assert.equal(rig.stop(operation), -errno.ECANCELED);
    });
    conform(`${name}: while waiting, twice`, factory, (rig) => {
      const operation = make(rig);
      for (let i = 0; i < 3; i++) rig.driver.poll();
      assert.deepEqual(operation.ends, []);
      rig.driver.cancel(operation);
      assert.deepEqual(operation.ends, [], 'never called back from inside cancel');
      assert.equal(rig.stop(operation), -errno.ECANCELED);
    });
    conform(`${name}: after the end, and when it never ran`, factory, (rig) => {
      const operation = make(rig);
      rig.stop(operation);
      rig.driver.cancel(operation);
      for (let i = 0; i < 3; i++) rig.driver.poll();
      assert.equal(operation.ends.length, 1);
    });
    conform(`${name}: and again`, factory, (rig) => {
      const operation = make(rig);
      for (let i = 1; i <= 3; i++) {
        assert.equal(rig.stop(operation), -errno.ECANCELED);
        assert.equal(operation.ends.length, i);
        if (i < 3) rig.submit(operation);
      }
    });
  }

  conform('listen: ends with a socket or as cancelled', factory, (rig) => {
    const listen = rig.submit(new TestListen(LOOPBACK));
    const result = rig.stop(listen);
    assert.ok(result === -errno.ECANCELED || result >= 0);
    assert.equal(rig.driver.stats.openSockets, result >= 0 ? 1 : 0);
  });

  conform('connect: a connection that was made meanwhile is given or gone', factory, (rig) => {
    const address = rig.driver.localAddress(rig.listen());
    const connect = rig.submit(new TestConnect(address));
    const result = rig.stop(connect);
    assert.ok(result === -errno.ECANCELED || result >= 0);
    assert.equal(rig.driver.stats.openSockets, result >= 0 ? 2 : 1);
  });

  conform('send: before flush', factory, (rig) => {
    const { client, server } = rig.pair();
    const receive = rig.receive(server);
    const result = rig.stop(rig.send(client, 'word'));
    assert.ok(result === -errno.ECANCELED || result === 4);
    rig.driver.shutdown(client, 'write');
    rig.end(receive);
    assert.equal(receive.data.toString(), result === 4 ? 'word' : '');
  });

  for (const size of [1, COPY_LIMIT, COPY_LIMIT + 1]) {
    conform(`send: ${size} bytes cancelled before flush, then others`, factory, (rig) => {
      const { client, server } = rig.pair();
      const receive = rig.receive(server);
      const first = rig.stop(rig.send(client, Buffer.alloc(size, 'a')));
      const count = Math.max(first, 0);
      rig.end(rig.send(client, 'b'));
      rig.until(() => receive.length === count + 1, 'what was sent');
      assert.equal(receive.data.toString(), `${'a'.repeat(count)}b`);
    });
  }

  conform('send: a blocked one tells how much went', factory, (rig) => {
    const { client, server } = rig.pair();
    const send = rig.fill(client);
    const result = rig.stop(send);
    const receive = rig.receive(server);
    assert.ok(result > 0 || result === -errno.ECANCELED);
    rig.driver.shutdown(client, 'write');
    rig.end(receive);
    if (result > 0) assert.equal(receive.length, result);
    else assert.ok(receive.length <= send.data!.length);
  });

  conform('send: copied data, blocked behind another send', factory, (rig) => {
    const { client, server } = rig.pair();
    rig.stop(rig.fill(client));
    const send = rig.send(client, 'word');
    for (let i = 0; i < 3; i++) rig.driver.poll();
    assert.deepEqual(send.ends, []);
    assert.equal(rig.stop(send), -errno.ECANCELED);
    const receive = rig.receive(server);
    rig.driver.shutdown(client, 'write');
    rig.end(receive);
    assert.equal(receive.data.includes('word'), false);
  });

  for (const size of [1, 1000, 60_000]) {
    conform(`receive: ${size} bytes that race the cancel are not lost`, factory, (rig) => {
      const { client, server } = rig.pair();
      const data = pattern(size);
      const receive = rig.receive(server);
      rig.driver.poll();
      rig.end(rig.send(client, data));
      assert.ok(cancelWithDataAround(rig, receive, data).equals(data));
    });
    conform(`receive: ${size} bytes with no look at the driver between send and cancel`, factory, (rig) => {
      const { client, server } = rig.pair();
      const data = pattern(size);
      const receive = rig.receive(server);
      rig.driver.poll();
      rig.send(client, data);
      rig.driver.flush();
      assert.ok(cancelWithDataAround(rig, receive, data).equals(data));
    });
  }

  conform('receive: stopped and started in the middle of a stream', factory, (rig) => {
    const { client, server } = rig.pair();
    const data = pattern(4 * 1024 * 1024);
    const send = rig.send(client, data);
    const receive = rig.receive(server);
    let stops = 0;
    receive.onMore = () => {
      rig.driver.cancel(receive);
      stops++;
    };
    receive.onOver = () => {
      receive.ends.pop();
      if (receive.length < data.length) rig.driver.submit(receive);
      else receive.ends.push(-errno.ECANCELED);
    };
    assert.equal(rig.end(send), data.length);
    rig.until(() => receive.length === data.length && receive.ends.length === 1, 'all bytes');
    assert.ok(receive.data.equals(data));
    assert.ok(stops > 1);
  });

  conform('accept: a connection that raced the cancel is not lost', factory, (rig) => {
    const listener = rig.listen();
    const accept = rig.submit(new TestAccept(listener));
    rig.driver.poll();
    rig.connect(rig.driver.localAddress(listener));
    assert.equal(rig.stop(accept), -errno.ECANCELED);
    const again = rig.submit(new TestAccept(listener));
    rig.until(() => accept.fds.length + again.fds.length === 1, 'the connection');
  });
}
