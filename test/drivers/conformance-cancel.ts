import assert from 'node:assert/strict';
import type { Address } from '../../src/io/address.ts';
import * as errno from '../../src/io/errno.ts';
import { COPY_LIMIT, type Operation } from '../../src/io/operation.ts';
import type { DriverFactory } from './conformance.ts';
import {
  conform,
  foreignFullListener,
  LOOPBACK,
  pattern,
  type Rig,
  TestAccept,
  TestConnect,
  TestListen,
  TestPoll,
  type TestReceive,
} from './harness.ts';

const WORD = 'word';

/** What can be waited for without an end, each made so that it does not end by itself. */
const WAITING: Record<string, (rig: Rig) => Promise<Operation & { readonly ends: number[] }>> = {
  receive: async (rig) => rig.receive((await rig.pair()).server),
  accept: async (rig) => rig.submit(new TestAccept(await rig.listen())),
  poll: async (rig) => rig.submit(new TestPoll((await rig.pair()).server, 1)),
  connect: async (rig) => rig.submit(new TestConnect(await fullListener(rig))),
};

/** A listener whose queue is full: the kernel ignores further connects until somebody accepts. */
async function fullListener(rig: Rig): Promise<Address> {
  // Node accepts by itself: there the listener must be one that it does not know.
  if (!rig.can.acceptQueue) return foreignFullListener(rig);
  const address = rig.driver.localAddress(await rig.listen(LOOPBACK, { backlog: 0 }));
  await rig.connect(address);
  return address;
}

/** Cancels when `count` bytes are sure to lie in the kernel, reads on, and returns what the two receives got. */
async function cancelWithDataAround(rig: Rig, receive: TestReceive, data: Buffer): Promise<Buffer> {
  assert.equal(await rig.stop(receive), -errno.ECANCELED);
  const rest = rig.receive(receive.fd);
  await rig.until(() => receive.length + rest.length === data.length, 'the rest');
  return Buffer.concat([receive.data, rest.data]);
}

export function cancelConformance(factory: DriverFactory): void {
  for (const [name, make] of Object.entries(WAITING)) {
    const needs = name === 'poll' ? 'readiness' : undefined;
    conform(
      `${name}: before flush`,
      factory,
      async (rig) => {
        assert.equal(await rig.stop(await make(rig)), -errno.ECANCELED);
      },
      needs,
    );
    conform(
      `${name}: after flush`,
      factory,
      async (rig) => {
        const operation = await make(rig);
        rig.driver.flush();
        assert.equal(await rig.stop(operation), -errno.ECANCELED);
      },
      needs,
    );
    conform(
      `${name}: while waiting, twice`,
      factory,
      async (rig) => {
        const operation = await make(rig);
        await rig.polls(3);
        assert.deepEqual(operation.ends, []);
        rig.driver.cancel(operation);
        assert.deepEqual(operation.ends, [], 'never called back from inside cancel');
        assert.equal(await rig.stop(operation), -errno.ECANCELED);
      },
      needs,
    );
    conform(
      `${name}: after the end, and when it never ran`,
      factory,
      async (rig) => {
        const operation = await make(rig);
        await rig.stop(operation);
        rig.driver.cancel(operation);
        await rig.polls(3);
        assert.equal(operation.ends.length, 1);
      },
      needs,
    );
    conform(
      `${name}: and again`,
      factory,
      async (rig) => {
        const operation = await make(rig);
        for (let i = 1; i <= 3; i++) {
          assert.equal(await rig.stop(operation), -errno.ECANCELED);
          assert.equal(operation.ends.length, i);
          if (i < 3) rig.submit(operation);
        }
      },
      needs,
    );
  }

  conform('listen: ends with a socket or as cancelled', factory, async (rig) => {
    const listen = rig.submit(new TestListen(LOOPBACK));
    const result = await rig.stop(listen);
    assert.ok(result === -errno.ECANCELED || result >= 0);
    assert.equal(rig.driver.stats.openSockets, result >= 0 ? 1 : 0);
  });

  conform('connect: a connection that was made meanwhile is given or gone', factory, async (rig) => {
    const address = rig.driver.localAddress(await rig.listen());
    const connect = rig.submit(new TestConnect(address));
    const result = await rig.stop(connect);
    assert.ok(result === -errno.ECANCELED || result >= 0);
    assert.equal(rig.driver.stats.openSockets, result >= 0 ? 2 : 1);
  });

  conform('send: before flush', factory, async (rig) => {
    const { client, server } = await rig.pair();
    const receive = rig.receive(server);
    const result = await rig.stop(rig.send(client, 'word'));
    assert.ok(result === -errno.ECANCELED || result === 4);
    rig.driver.shutdown(client, 'write');
    await rig.end(receive);
    assert.equal(receive.data.toString(), result === 4 ? 'word' : '');
  });

  for (const size of [1, COPY_LIMIT, COPY_LIMIT + 1]) {
    conform(`send: ${size} bytes cancelled before flush, then others`, factory, async (rig) => {
      const { client, server } = await rig.pair();
      const receive = rig.receive(server);
      const first = await rig.stop(rig.send(client, Buffer.alloc(size, 'a')));
      const count = Math.max(first, 0);
      await rig.end(rig.send(client, 'b'));
      await rig.until(() => receive.length === count + 1, 'what was sent');
      assert.equal(receive.data.toString(), `${'a'.repeat(count)}b`);
    });
  }

  conform('send: a blocked one tells how much went', factory, async (rig) => {
    const { client, server } = await rig.pair();
    const send = await rig.fill(client);
    const result = await rig.stop(send);
    const receive = rig.receive(server);
    assert.ok(result > 0 || result === -errno.ECANCELED);
    rig.driver.shutdown(client, 'write');
    await rig.end(receive);
    if (result > 0) assert.equal(receive.length, result);
    else assert.ok(receive.length <= send.data!.length);
  });

  conform('send: copied data, blocked behind another send', factory, async (rig) => {
    const { client, server } = await rig.pair();
    // The kernel may find more room at any time, when what it has sent is acknowledged: then the word goes, and once more.
    let words = 0;
    for (let result = WORD.length; result !== -errno.ECANCELED; words++) {
      assert.equal(result, WORD.length);
      await rig.stop(await rig.fill(client));
      const send = rig.send(client, WORD);
      await rig.polls(3);
      result = await rig.stop(send);
    }
    const receive = rig.receive(server);
    rig.driver.shutdown(client, 'write');
    await rig.end(receive);
    assert.equal(receive.data.toString('latin1').split(WORD).length - 1, words - 1);
  });

  for (const size of [1, 1000, 60_000]) {
    conform(`receive: ${size} bytes that race the cancel are not lost`, factory, async (rig) => {
      const { client, server } = await rig.pair();
      const data = pattern(size);
      const receive = rig.receive(server);
      await rig.polls(1);
      await rig.end(rig.send(client, data));
      assert.ok((await cancelWithDataAround(rig, receive, data)).equals(data));
    });
    conform(`receive: ${size} bytes with no look at the driver between send and cancel`, factory, async (rig) => {
      const { client, server } = await rig.pair();
      const data = pattern(size);
      const receive = rig.receive(server);
      await rig.polls(1);
      rig.send(client, data);
      rig.driver.flush();
      assert.ok((await cancelWithDataAround(rig, receive, data)).equals(data));
    });
  }

  conform('receive: stopped and started in the middle of a stream', factory, async (rig) => {
    const { client, server } = await rig.pair();
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
    assert.equal(await rig.end(send), data.length);
    await rig.until(() => receive.length === data.length && receive.ends.length === 1, 'all bytes');
    assert.ok(receive.data.equals(data));
    assert.ok(stops > 1);
  });

  conform('accept: a connection that raced the cancel is not lost', factory, async (rig) => {
    const listener = await rig.listen();
    const accept = rig.submit(new TestAccept(listener));
    await rig.polls(1);
    await rig.connect(rig.driver.localAddress(listener));
    assert.equal(await rig.stop(accept), -errno.ECANCELED);
    const again = rig.submit(new TestAccept(listener));
    await rig.until(() => accept.fds.length + again.fds.length === 1, 'the connection');
  });
}
