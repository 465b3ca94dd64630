import assert from 'node:assert/strict';
import { libc, pinned } from '../../src/ffi/libc.ts';
import { COPY_LIMIT } from '../../src/io/operation.ts';
import type { DriverFactory } from './conformance.ts';
import { conform, pattern, type Rig, TestReceive, type TestSend } from './harness.ts';

const KB = 1024;
const MB = 1024 * KB;
const SIZES = [1, 2, 63, 64, 65, 1500, 4096, COPY_LIMIT - 1, COPY_LIMIT, COPY_LIMIT + 1, 65_535, 65_537, MB, 8 * MB];

/** Sends `data` in pieces of the given length, each when the one before is over. */
function sendInPieces(rig: Rig, fd: number, data: Buffer, length: number): () => boolean {
  let at = length;
  const send: TestSend = rig.send(fd, data.subarray(0, length));
  send.onOver = () => {
    if (at >= data.length) return;
    send.data = data.subarray(at, at + length);
    at += length;
    rig.submit(send);
  };
  return () => at >= data.length && send.ends.reduce((sum, count) => sum + count, 0) === data.length;
}

/** Keeps what it is given, without a copy. */
class Keeping extends TestReceive {
  given = 0;
  readonly takes: boolean;

  constructor(fd: number, takes: boolean) {
    super(fd);
    this.takes = takes;
  }

  override get takesMemory(): boolean {
    return this.takes;
  }

  override onOwnData(piece: Buffer): void {
    this.given += 1;
    this.pieces.push(piece);
  }
}

export function bytesConformance(factory: DriverFactory): void {
  for (const size of SIZES) {
    conform(`${size} bytes arrive in order, and then the end`, factory, async (rig) => {
      const { client, server } = await rig.pair();
      const receive = rig.receive(server);
      const data = pattern(size);
      const send = rig.send(client, data);
      assert.equal(await rig.end(send), size);
      rig.driver.shutdown(client, 'write');
      assert.equal(await rig.end(receive), 0);
      assert.equal(receive.length, size);
      assert.ok(receive.data.equals(data));
    });
  }

  for (const takes of [true, false]) {
    conform(
      `memory that is given away stays as it was${takes ? '' : ', and is not given to who has no use for it'}`,
      factory,
      async (rig) => {
        const { client, server } = await rig.pair();
        const receive = new Keeping(server, takes);
        rig.submit(receive);
        const data = pattern(8 * MB);
        const send = rig.send(client, data);
        assert.equal(await rig.end(send), data.length);
        rig.driver.shutdown(client, 'write');
        assert.equal(await rig.end(receive), 0);
        assert.ok(receive.data.equals(data));
        if (!takes) assert.equal(receive.given, 0);
      },
    );
  }

  conform('no bytes at all, only the end', factory, async (rig) => {
    const { client, server } = await rig.pair();
    const receive = rig.receive(server);
    rig.driver.close(client);
    assert.equal(await rig.end(receive), 0);
    assert.equal(receive.length, 0);
  });

  for (const [name, address] of [
    ['TCP', undefined],
    ['unix', { family: 'unix', path: `\0tsyncio-bytes-${process.pid}` }],
  ] as const) {
    conform(`8 MiB each way at once over ${name}, in pieces of odd lengths`, factory, async (rig) => {
      const { client, server } = await rig.pair(address);
      const [atServer, atClient] = [rig.receive(server), rig.receive(client)];
      const [there, back] = [pattern(8 * MB), pattern(8 * MB).reverse()];
      const thereOver = sendInPieces(rig, client, there, 40_001);
      const backOver = sendInPieces(rig, server, back, 9_973);
      await rig.until(() => thereOver() && backOver(), 'both sends');
      await rig.until(() => atServer.length === there.length && atClient.length === back.length, 'all bytes');
      assert.ok(atServer.data.equals(there));
      assert.ok(atClient.data.equals(back));
    });
  }

  conform('a reader that comes late finds everything', factory, async (rig) => {
    const { client, server } = await rig.pair();
    const data = pattern(4 * MB);
    const send = rig.send(client, data);
    await rig.polls(10);
    assert.deepEqual(send.ends, [], 'nobody reads: the send waits');
    const receive = rig.receive(server);
    assert.equal(await rig.end(send), data.length);
    await rig.until(() => receive.length === data.length, 'all bytes');
    assert.ok(receive.data.equals(data));
  });

  conform(
    'urgent data does not stop the stream',
    factory,
    async (rig) => {
      const MSG_OOB = 1;
      const { client, server } = await rig.pair();
      const receive = rig.receive(server);
      await rig.polls(1);
      const word = pinned(3);
      word.bytes.set(Buffer.from('abc'));
      for (const flags of [0, MSG_OOB, 0, MSG_OOB, 0]) assert.equal(libc().send(client, word.address, 3, flags), 3);
      // Without an end of the stream, which would set everything going again.
      await rig.until(() => receive.length >= 13, 'what is in the stream');
      // The last byte of each urgent piece is out of band; the second mark puts the first one back into the stream.
      assert.match(receive.data.toString(), /^abcabc?abcababc$/);
    },
    'systemDescriptors',
  );

  conform('short data is copied at submit', factory, async (rig) => {
    const { client, server } = await rig.pair();
    const receive = rig.receive(server);
    const data = Buffer.alloc(COPY_LIMIT, 'a');
    const send = rig.send(client, data);
    data.fill('b');
    assert.equal(await rig.end(send), COPY_LIMIT);
    await rig.until(() => receive.length === COPY_LIMIT, 'all bytes');
    assert.ok(receive.data.equals(Buffer.alloc(COPY_LIMIT, 'a')));
  });

  // Lengths with which the kernel was seen to take copied sends in part; longer ones it takes whole or not at all.
  for (const [piece, room] of [
    [5_000, 20_000],
    [333, 8_192],
  ] as const) {
    conform(`copied data sent in parts: pieces of ${piece} with room for ${room}`, factory, async (rig) => {
      const { client, server } = await rig.pair();
      if (rig.can.bufferSizes) rig.driver.setOption(client, 'sendBufferSize', room);
      const data = pattern(piece * 3_000);
      const over = sendInPieces(rig, client, data, piece);
      await rig.polls(20);
      const receive = rig.receive(server);
      await rig.until(() => over() && receive.length === data.length, 'all bytes');
      assert.ok(receive.data.equals(data));
    });
  }

  conform('append joins small writes of one turn', factory, async (rig) => {
    const { driver } = rig;
    const { client, server } = await rig.pair();
    const receive = rig.receive(server);
    const send = rig.send(client, 'one ');
    const word = Buffer.from('two ');
    assert.equal(driver.append(send, word), true);
    word.fill('x');
    assert.equal(driver.append(send, Buffer.from('three')), true);
    assert.equal(await rig.end(send), 13);
    assert.equal(driver.append(send, Buffer.from('late')), false, 'it is over');
    await rig.until(() => receive.length === 13, 'all words');
    assert.equal(receive.data.toString(), 'one two three');
  });

  conform('append to several sends by turns', factory, async (rig) => {
    const pairs = await rig.pairs(5);
    const receives = pairs.map(({ server }) => rig.receive(server));
    const sends = pairs.map(({ client }, i) => rig.send(client, `${i}:`));
    const expected = sends.map((_, i) => `${i}:`);
    for (let round = 0; round < 50; round++) {
      sends.forEach((send, i) => {
        const word = `${round}.${'x'.repeat(round)};`;
        if (rig.driver.append(send, Buffer.from(word))) expected[i] += word;
      });
    }
    for (const [i, send] of sends.entries()) assert.equal(await rig.end(send), expected[i]!.length);
    await rig.until(() => receives.every((receive, i) => receive.length === expected[i]!.length), 'all words');
    receives.forEach((receive, i) => {
      assert.equal(receive.data.toString(), expected[i]);
    });
  });

  conform('append refuses what it cannot take', factory, async (rig) => {
    const { driver } = rig;
    const { client, server } = await rig.pair();
    const receive = rig.receive(server);
    const long = rig.send(client, pattern(COPY_LIMIT + 1));
    assert.equal(driver.append(long, Buffer.from('x')), false, 'referenced, not copied');
    assert.equal(await rig.end(long), COPY_LIMIT + 1);
    const short = rig.send(client, 'x');
    const big = pattern(COPY_LIMIT);
    const length = driver.append(short, big) ? COPY_LIMIT + 1 : 1;
    assert.equal(await rig.end(short), length);
    await rig.until(() => receive.length === COPY_LIMIT + 1 + length, 'all bytes');
  });

  conform('more copied data in one turn than any pool holds', factory, async (rig) => {
    const pairs = await rig.pairs(40);
    const receives = pairs.map(({ server }) => rig.receive(server));
    const data = pattern(COPY_LIMIT);
    const sends = pairs.map(({ client }) => rig.send(client, data));
    for (const send of sends) assert.equal(await rig.end(send), COPY_LIMIT);
    await rig.until(() => receives.every((receive) => receive.length === COPY_LIMIT), 'all bytes');
    assert.ok(receives.every((receive) => receive.data.equals(data)));
  });
}
