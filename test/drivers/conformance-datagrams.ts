import assert from 'node:assert/strict';
import { RuntimeError } from '../../src/core/errors.ts';
import type { Address } from '../../src/io/address.ts';
import * as errno from '../../src/io/errno.ts';
import type { DriverFactory } from './conformance.ts';
import { openPair, openSocket, TestOpenDatagram, TestReceiveFrom, TestSendTo } from './datagram-operations.ts';
import { conform, LOOPBACK, pattern, type Rig } from './harness.ts';

/** In bytes: what IPv4 leaves for the data of a datagram. */
const LONGEST_UDP = 65_507;
/** In bytes: what a driver takes of one datagram, as asyncio does. */
const LONGEST_TAKEN = 256 * 1024;

const abstractName = (name: string): Address => ({ family: 'unix', path: `\0tsyncio-${name}-${process.pid}` });

/** Several datagrams at once, and what came of them. */
async function sendAll(rig: Rig, fd: number, list: ConstructorParameters<typeof TestSendTo>[1]): Promise<number[]> {
  const send = rig.submit(new TestSendTo(fd, list));
  assert.equal(await rig.end(send), 0);
  return send.sent;
}

/** A send that waits: nobody reads at the other end of a unix socket, whose queue is short. */
async function blockedSend(rig: Rig): Promise<{ send: TestSendTo; far: number }> {
  const far = await openSocket(rig, { address: abstractName('full') });
  const near = await openSocket(rig, { peer: abstractName('full') });
  const send = rig.submit(
    new TestSendTo(
      near,
      Array.from({ length: 2_000 }, (_, i) => [`${i}`]),
    ),
  );
  await rig.polls(20);
  assert.deepEqual(send.ends, []);
  assert.ok(send.sent.length > 0 && send.sent.length < 2_000);
  return { send, far };
}

export function datagramsConformance(factory: DriverFactory): void {
  for (const [name, address] of [
    ['IPv4', LOOPBACK],
    ['IPv6', { family: 6, host: '::1', port: 0 }],
    ['unix', abstractName('here')],
  ] as const) {
    conform(
      `${name}: datagrams keep their bounds, and tell where they come from`,
      factory,
      async (rig) => {
        const far = await openSocket(rig, { address });
        const near = await openSocket(rig, { address: name === 'unix' ? abstractName('there') : address });
        const [to, from] = [rig.driver.localAddress(far), rig.driver.localAddress(near)];
        const receive = rig.submit(new TestReceiveFrom(far));
        const words = ['one', '', 'three', 'x'.repeat(3_000)];
        assert.deepEqual(
          await sendAll(
            rig,
            near,
            words.map((word) => [word, to] as const),
          ),
          [3, 0, 5, 3_000],
        );
        await rig.until(() => receive.datagrams.length === 4, 'all four');
        assert.deepEqual(receive.words, words);
        assert.deepEqual(receive.senders, [from, from, from, from]);
      },
      name === 'unix' ? 'unixDatagrams' : undefined,
    );
  }

  conform('connected: no address is needed, strangers are not heard', factory, async (rig) => {
    const { near, far, nearName, farName } = await openPair(rig);
    assert.deepEqual(rig.driver.peerAddress(near), farName);
    assert.throws(() => rig.driver.peerAddress(far), { code: 'ENOTCONN' });
    const [atNear, atFar] = [rig.submit(new TestReceiveFrom(near)), rig.submit(new TestReceiveFrom(far))];
    await sendAll(rig, await openSocket(rig, { address: LOOPBACK }), [['psst', nearName]]);
    await sendAll(rig, near, [['hello']]);
    await rig.until(() => atFar.datagrams.length === 1, 'the question');
    await sendAll(rig, far, [['answer', nearName]]);
    await rig.until(() => atNear.datagrams.length === 1, 'the answer');
    assert.deepEqual([atFar.words, atNear.words], [['hello'], ['answer']]);
  });

  conform('the longest, and one that is too long', factory, async (rig) => {
    const { near, far } = await openPair(rig);
    const receive = rig.submit(new TestReceiveFrom(far));
    const errors = rig.submit(new TestReceiveFrom(near));
    const data = pattern(LONGEST_UDP);
    const sent = await sendAll(rig, near, [[data], [pattern(LONGEST_UDP + 1)], ['after']]);
    await rig.until(() => receive.datagrams.length === 2, 'the two that fit');
    assert.ok(receive.datagrams[0]!.equals(data));
    assert.equal(receive.words[1], 'after');
    if (rig.can.datagramErrors) {
      assert.deepEqual(sent, [LONGEST_UDP, -errno.EMSGSIZE, 5]);
    } else {
      await rig.until(() => errors.errors.length === 1, 'the refusal');
      assert.deepEqual(errors.errors, [-errno.EMSGSIZE]);
    }
  });

  conform(
    'truncated: one that is longer than a driver takes',
    factory,
    async (rig) => {
      const far = await openSocket(rig, { address: abstractName('short') });
      const near = await openSocket(rig, { peer: abstractName('short') });
      rig.driver.setOption(near, 'sendBufferSize', 2 * LONGEST_TAKEN);
      const receive = rig.submit(new TestReceiveFrom(far));
      const data = pattern(LONGEST_TAKEN + 1_000);
      assert.deepEqual(await sendAll(rig, near, [[data], ['next']]), [data.length, 4]);
      await rig.until(() => receive.datagrams.length === 2, 'both');
      assert.ok(receive.datagrams[0]!.equals(data.subarray(0, LONGEST_TAKEN)));
      assert.equal(receive.words[1], 'next');
    },
    'unixDatagrams',
  );

  conform('nobody there: ECONNREFUSED on a connected socket, which goes on', factory, async (rig) => {
    const { near, far, farName } = await openPair(rig);
    rig.driver.close(far);
    const receive = rig.submit(new TestReceiveFrom(near));
    const sends: number[] = [];
    // The answer of the system comes with a later call.
    while (receive.errors.length === 0 && sends.every((result) => result >= 0)) {
      sends.push(...(await sendAll(rig, near, [['hello?']])));
      await rig.polls(1);
    }
    assert.ok([...receive.errors, ...sends].includes(-errno.ECONNREFUSED));
    assert.deepEqual(receive.ends, []);
    await openSocket(rig, { address: farName });
  });

  conform('addresses that cannot be used, descriptors that are none', factory, async (rig) => {
    const taken = rig.driver.localAddress(await openSocket(rig, { address: LOOPBACK }));
    assert.equal(await openSocket(rig, { address: taken }), -errno.EADDRINUSE);
    assert.equal(await openSocket(rig, { address: { family: 4, host: '192.0.2.1', port: 0 } }), -errno.EADDRNOTAVAIL);
    assert.equal(await openSocket(rig, { address: { family: 4, host: 'nonsense', port: 0 } }), -errno.EINVAL);
    assert.equal(rig.driver.stats.openSockets, 1);
    assert.equal(await rig.end(rig.submit(new TestReceiveFrom(1_000_000))), -errno.EBADF);
    assert.equal(await rig.end(rig.submit(new TestSendTo(1_000_000, [['x']]))), -errno.EBADF);
  });

  conform('a send with nothing to send ends with 0', factory, async (rig) => {
    const { near } = await openPair(rig);
    assert.deepEqual(await sendAll(rig, near, []), []);
  });

  conform('an error of a callback leaves poll and loses nothing', factory, async (rig) => {
    const { near, far } = await openPair(rig);
    const receive = rig.submit(new TestReceiveFrom(far));
    const send = rig.submit(new TestSendTo(near, [['a'], ['b'], ['c']]));
    const fail = (): void => {
      throw new Error('from a callback');
    };
    Object.assign(receive, { onMore: fail });
    Object.assign(send, { onMore: fail });
    let caught = 0;
    for (let i = 0; i < 500 && receive.datagrams.length < 3; i++) {
      try {
        await rig.wait();
      } catch (error) {
        assert.equal((error as Error).message, 'from a callback');
        caught++;
      }
    }
    assert.deepEqual([receive.words, send.sent, caught], [['a', 'b', 'c'], [1, 1, 1], 6]);
    assert.equal(await rig.end(send), 0);
  });

  endings(factory);
}

function endings(factory: DriverFactory): void {
  conform('two of one kind are refused', factory, async (rig) => {
    const { near } = await openPair(rig);
    rig.submit(new TestReceiveFrom(near));
    assert.throws(() => rig.driver.submit(new TestReceiveFrom(near)), RuntimeError);
    const send = rig.submit(new TestSendTo(near, [['x']]));
    assert.throws(() => rig.driver.submit(new TestSendTo(near, [['y']])), RuntimeError);
    assert.equal(await rig.end(send), 0);
  });

  conform('a socket is not closed under its operations', factory, async (rig) => {
    const { near } = await openPair(rig);
    const receive = rig.submit(new TestReceiveFrom(near));
    assert.throws(() => rig.driver.close(near), RuntimeError);
    await rig.polls(2);
    rig.driver.cancel(receive);
    assert.throws(() => rig.driver.close(near), RuntimeError, 'the end is not delivered yet');
    assert.equal(await rig.end(receive), -errno.ECANCELED);
    rig.driver.close(near);
    assert.equal(rig.driver.stats.openSockets, 1);
  });

  conform('cancel: open, receive, send, in each state', factory, async (rig) => {
    const opened = await rig.stop(rig.submit(new TestOpenDatagram({ address: LOOPBACK })));
    assert.ok(opened >= 0 || opened === -errno.ECANCELED);
    assert.equal(rig.driver.stats.openSockets, opened >= 0 ? 1 : 0);
    const { near, far } = await openPair(rig);
    for (const prepare of [() => 0, () => rig.driver.flush(), () => rig.polls(3)]) {
      const receive = rig.submit(new TestReceiveFrom(far));
      await prepare();
      rig.driver.cancel(receive);
      assert.deepEqual(receive.ends, [], 'never called back from inside cancel');
      assert.equal(await rig.stop(receive), -errno.ECANCELED);
      rig.driver.cancel(receive);
      const send = rig.submit(new TestSendTo(near, [['x']]));
      await prepare();
      const result = await rig.stop(send);
      assert.ok(result === -errno.ECANCELED || result === 0);
      assert.equal(send.ends.length, 1);
    }
  });

  conform('cancel: a datagram that raced it is not lost', factory, async (rig) => {
    const { near, far } = await openPair(rig);
    const receive = rig.submit(new TestReceiveFrom(far));
    await rig.polls(1);
    await sendAll(rig, near, [['one'], ['two']]);
    await rig.stop(receive);
    const again = rig.submit(new TestReceiveFrom(far));
    await rig.until(() => receive.datagrams.length + again.datagrams.length === 2, 'both');
    assert.deepEqual([...receive.words, ...again.words], ['one', 'two']);
  });

  conform('cancel in a callback: the rest stays for the next receive', factory, async (rig) => {
    const { near, far } = await openPair(rig);
    const receive = rig.submit(new TestReceiveFrom(far));
    receive.onMore = () => rig.driver.cancel(receive);
    await sendAll(rig, near, [['one'], ['two'], ['three']]);
    assert.equal(await rig.end(receive), -errno.ECANCELED);
    const rest = rig.submit(new TestReceiveFrom(far));
    await rig.until(() => receive.datagrams.length + rest.datagrams.length === 3, 'the rest');
    assert.deepEqual([...receive.words, ...rest.words], ['one', 'two', 'three']);
  });

  conform(
    'a send that waits for room: goes on in order, or is cancelled',
    factory,
    async (rig) => {
      const first = await blockedSend(rig);
      const receive = rig.submit(new TestReceiveFrom(first.far));
      assert.equal(await rig.end(first.send), 0);
      await rig.until(() => receive.datagrams.length === 2_000, 'all');
      assert.ok(receive.words.every((word, i) => word === `${i}`));
      await rig.stop(receive);
      rig.driver.close(first.far);
      const { send } = await blockedSend(rig);
      assert.equal(await rig.stop(send), -errno.ECANCELED);
    },
    'unixDatagrams',
  );

  conform('dispose delivers every end, and closes what is left', factory, async (rig) => {
    const { near, far } = await openPair(rig);
    const operations = [
      rig.submit(new TestReceiveFrom(near)),
      rig.submit(new TestReceiveFrom(far)),
      rig.submit(new TestSendTo(near, [['x']])),
      rig.submit(new TestOpenDatagram({ address: LOOPBACK })),
    ];
    if (rig.can.unixDatagrams) operations.push((await blockedSend(rig)).send);
    rig.driver.dispose();
    for (const operation of operations) assert.equal(operation.ends.length, 1, operation.constructor.name);
  });
}
