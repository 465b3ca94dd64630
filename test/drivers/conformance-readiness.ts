import assert from 'node:assert/strict';
import { libc, pinned } from '../../src/ffi/libc.ts';
import { READABLE, WRITABLE } from '../../src/io/operation.ts';
import type { DriverFactory } from './conformance.ts';
import { closeForeign, conform, foreignPair, isReadable, TestPoll, writeForeign } from './harness.ts';

/** In ms: long enough for any wake-up; never waited for when all is well. */
const PLENTY_MS = 10_000;

export function readinessConformance(factory: DriverFactory): void {
  conform(
    'poll: readable, writable, both',
    factory,
    async (rig) => {
      const [near, far] = foreignPair();
      const poll = (events: number): TestPoll => rig.submit(new TestPoll(near, events));
      assert.equal(await rig.end(poll(WRITABLE)), WRITABLE);
      assert.equal(await rig.end(poll(READABLE | WRITABLE)), WRITABLE);
      const read = poll(READABLE);
      const write = poll(WRITABLE);
      assert.equal(await rig.end(write), WRITABLE);
      assert.deepEqual(read.ends, []);
      writeForeign(far, 'x');
      assert.equal(await rig.end(read), READABLE);
      assert.equal(await rig.end(poll(READABLE)), READABLE, 'still unread, so readable again');
      assert.equal(await rig.end(poll(READABLE | WRITABLE)), READABLE | WRITABLE);
      closeForeign(near, far);
    },
    'readiness',
  );

  conform(
    'poll: what others have read is not readable',
    factory,
    async (rig) => {
      const [near, far] = foreignPair();
      writeForeign(far, 'x');
      assert.equal(await rig.end(rig.submit(new TestPoll(near, READABLE))), READABLE);
      assert.equal(libc().read(near, pinned(1).address, 1), 1);
      const poll = rig.submit(new TestPoll(near, READABLE));
      await rig.polls(3);
      assert.deepEqual(poll.ends, []);
      writeForeign(far, 'y');
      assert.equal(await rig.end(poll), READABLE);
      closeForeign(near, far);
    },
    'readiness',
  );

  conform(
    'poll: a peer that has gone is readable and writable',
    factory,
    async (rig) => {
      const [near, far] = foreignPair();
      const poll = rig.submit(new TestPoll(near, READABLE));
      await rig.polls(1);
      closeForeign(far);
      assert.equal(await rig.end(poll), READABLE);
      assert.ok((await rig.end(rig.submit(new TestPoll(near, WRITABLE)))) & WRITABLE);
      closeForeign(near);
    },
    'readiness',
  );

  conform(
    'poll: a descriptor closed and opened anew by others',
    factory,
    async (rig) => {
      for (let i = 0; i < 3; i++) {
        const [near, far] = foreignPair();
        const poll = rig.submit(new TestPoll(near, READABLE));
        await rig.polls(1);
        writeForeign(far, 'x');
        assert.equal(await rig.end(poll), READABLE);
        closeForeign(near, far);
      }
    },
    'readiness',
  );

  conform('wait: nothing comes, and it returns', factory, async (rig) => {
    await rig.pair();
    assert.equal(rig.driver.wait(0), 0);
    assert.equal(rig.driver.wait(0.25), 0);
    assert.equal(rig.driver.wait(3.5), 0);
  });

  conform(
    'sleep: woken by data',
    factory,
    async (rig) => {
      const { client, server } = await rig.pair();
      const receive = rig.receive(server);
      const { driver } = rig;
      assert.ok(driver.readyFd !== undefined);
      while (driver.poll() > 0 || !driver.prepareSleep(undefined));
      assert.equal(isReadable(driver.readyFd, 0), false, 'nothing to wake for');
      const word = pinned(4);
      word.bytes.set(Buffer.from('wake'));
      assert.equal(libc().send(client, word.address, 4, 0), 4);
      assert.equal(isReadable(driver.readyFd, PLENTY_MS), true);
      await rig.until(() => receive.length === 4, 'the word');
    },
    'systemDescriptors',
  );

  conform(
    'sleep: woken by the deadline, once',
    factory,
    async (rig) => {
      const { driver } = rig;
      assert.ok(driver.readyFd !== undefined && driver.timed);
      for (const ms of [5, 0.3, 2]) {
        while (driver.poll() > 0 || !driver.prepareSleep(ms));
        assert.equal(isReadable(driver.readyFd, PLENTY_MS), true);
        assert.equal(driver.poll(), 0);
        while (!driver.prepareSleep(undefined));
        assert.equal(isReadable(driver.readyFd, 0), false);
      }
    },
    'ownDeadlines',
  );

  conform(
    'sleep: an earlier deadline replaces a later one',
    factory,
    async (rig) => {
      const { driver } = rig;
      assert.ok(driver.readyFd !== undefined && driver.timed);
      while (!driver.prepareSleep(3_600_000));
      assert.equal(isReadable(driver.readyFd, 0), false);
      while (!driver.prepareSleep(1));
      assert.equal(isReadable(driver.readyFd, PLENTY_MS), true);
      await rig.polls(1);
    },
    'ownDeadlines',
  );

  conform('sleep: refused while an end waits for delivery', factory, async (rig) => {
    const { driver } = rig;
    const { client, server } = await rig.pair();
    const receive = rig.receive(server);
    await rig.end(rig.send(client, 'x'));
    await rig.until(() => receive.length === 1, 'the byte');
    driver.cancel(receive);
    // A driver may need a look at the kernel to see it; then it must at least be woken.
    const slept = driver.prepareSleep(undefined);
    if (slept && driver.readyFd !== undefined) assert.equal(isReadable(driver.readyFd, PLENTY_MS), true);
    await rig.end(receive);
  });
}
