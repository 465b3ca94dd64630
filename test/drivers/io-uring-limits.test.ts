import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SOCK_NONBLOCK } from '../../src/ffi/constants.ts';
import { libc } from '../../src/ffi/libc.ts';
import { openConnector, startConnect } from '../../src/ffi/sockets.ts';
import { EINPROGRESS } from '../../src/io/errno.ts';
import { READABLE } from '../../src/io/operation.ts';
import { checkLeaks } from '../support/check-leaks.ts';
import {
  Accepted,
  Listened,
  needsIoUring,
  Polled,
  pattern,
  Received,
  Sent,
  until,
  withDriver,
} from './io-uring-support.ts';

checkLeaks();

const BACKLOG = 128;
const LISTEN_OPTIONS = { backlog: BACKLOG, reuseAddress: true, reusePort: false, v6Only: false };

test('io_uring: no byte is lost when the buffers run out', needsIoUring, () => {
  withDriver({ bufferCount: 4, bufferLimit: 4, bufferBytes: 64 }, (driver, pair) => {
    const { near, write } = pair();
    const data = pattern(50_000);
    assert.equal(write(data), data.length);
    const receive = new Received(near);
    driver.submit(receive);
    until(driver, () => receive.bytes.length >= data.length);
    assert.deepEqual(receive.bytes, data);
    assert.deepEqual(receive.ends, []);
    driver.cancel(receive);
    until(driver, () => receive.ends.length > 0);
  });
});

test('io_uring: buffers that run out become more, up to the limit', needsIoUring, () => {
  withDriver({ bufferCount: 4, bufferLimit: 16, bufferBytes: 64 }, (driver, pair) => {
    const { near, write } = pair();
    const before = driver.stats.mappedBytes;
    const receive = new Received(near);
    driver.submit(receive);
    const send = (count: number): void => {
      const data = pattern(count);
      const before = receive.bytes.length;
      assert.equal(write(data), count);
      until(driver, () => receive.bytes.length >= before + count);
      assert.deepEqual(receive.bytes.subarray(before), data);
    };
    send(64);
    assert.equal(driver.stats.mappedBytes, before);
    send(50_000);
    const grown = driver.stats.mappedBytes;
    // Three blocks more; the system maps whole pages, but the lengths are those asked for.
    assert.equal(grown - before, 12 * (64 + 64));
    send(100_000);
    assert.equal(driver.stats.mappedBytes, grown);
    driver.cancel(receive);
    until(driver, () => receive.ends.length > 0);
  });
});

test('io_uring: three receives share two buffers', needsIoUring, () => {
  withDriver({ bufferCount: 2, bufferLimit: 2, bufferBytes: 128 }, (driver, pair) => {
    const pairs = [pair(), pair(), pair()];
    const data = pattern(20_000);
    const receives = pairs.map(({ near }) => new Received(near));
    for (const receive of receives) driver.submit(receive);
    driver.flush();
    for (const { write } of pairs) assert.equal(write(data), data.length);
    for (const { far } of pairs) driver.shutdown(far, 'write');
    until(driver, () => receives.every((receive) => receive.ends.length > 0));
    for (const receive of receives) {
      assert.deepEqual(receive.bytes, data);
      assert.deepEqual(receive.ends, [0]);
    }
  });
});

test('io_uring: more submits than the submission queue has places', needsIoUring, () => {
  withDriver({ entries: 8, completionEntries: 1024 }, (driver, pair) => {
    const pairs = Array.from({ length: 50 }, () => pair());
    const sends = pairs.map(({ near }, i) => new Sent(near, Buffer.from(`message ${i}`)));
    for (const send of sends) driver.submit(send);
    assert.ok(driver.stats.syscalls >= 6, 'full queues were handed over');
    assert.ok(
      sends.every((send) => send.ends.length === 0),
      'nobody is called back from submit',
    );
    assert.equal(driver.append(sends[0]!, Buffer.from('late')), false);
    assert.equal(driver.append(sends[49]!, Buffer.from('!')), true);
    until(driver, () => sends.every((send) => send.ends.length === 1));
    const into = Buffer.alloc(100);
    assert.equal(into.toString('latin1', 0, pairs[0]!.read(into)), 'message 0');
    assert.equal(into.toString('latin1', 0, pairs[49]!.read(into)), 'message 49!');
    assert.deepEqual(sends[49]!.ends, [11]);
  });
});

test('io_uring: more completions than the completion queue has places', needsIoUring, () => {
  withDriver({ entries: 8, completionEntries: 16 }, (driver, pair) => {
    const polls = Array.from({ length: 200 }, () => {
      const { near, write } = pair();
      write(Buffer.from('x'));
      return new Polled(near, READABLE);
    });
    for (const poll of polls) driver.submit(poll);
    until(driver, () => polls.every((poll) => poll.ends.length > 0));
    for (const poll of polls) assert.deepEqual(poll.ends, [READABLE]);
    assert.equal(driver.stats.inFlight, 0);
  });
});

test('io_uring: completions moved aside for want of places keep their order', needsIoUring, () => {
  withDriver({}, (driver, pair) => {
    const { near, write } = pair();
    const receive = new Received(near);
    const { ring } = driver.engine;
    driver.submit(receive);
    ring.submit();
    for (const text of ['one ', 'two ', 'three']) {
      write(Buffer.from(text));
      ring.submit();
      // Only kernels that refuse requests while completions overflow make the driver do this by itself.
      if (text !== 'three') ring.spill();
    }
    assert.equal(driver.prepareSleep(undefined), false);
    driver.poll();
    assert.deepEqual(receive.pieces.map(String), ['one ', 'two ', 'three']);
  });
});

test('io_uring: multishot receives that the kernel ends for want of places go on', needsIoUring, () => {
  withDriver(
    { entries: 8, completionEntries: 16, bufferCount: 256, bufferLimit: 256, bufferBytes: 64 },
    (driver, pair) => {
      const data = pattern(30_000);
      const pairs = Array.from({ length: 4 }, () => pair());
      const receives = pairs.map(({ near }) => new Received(near));
      for (const receive of receives) driver.submit(receive);
      driver.flush();
      for (const { write } of pairs) assert.equal(write(data), data.length);
      until(driver, () => receives.every((receive) => receive.bytes.length >= data.length));
      for (const receive of receives) assert.deepEqual(receive.bytes, data);
      for (const { far } of pairs) driver.shutdown(far, 'write');
      until(driver, () => receives.every((receive) => receive.ends.length > 0));
      for (const receive of receives) assert.deepEqual(receive.ends, [0]);
    },
  );
});

test('io_uring: an accept that the kernel ends for want of places goes on', needsIoUring, () => {
  withDriver({ entries: 8, completionEntries: 8 }, (driver) => {
    const listen = new Listened();
    listen.address = { family: 4, host: '127.0.0.1', port: 0 };
    listen.options = LISTEN_OPTIONS;
    driver.submit(listen);
    driver.poll();
    const address = driver.localAddress(listen.ends[0]!);
    const clients = Array.from({ length: BACKLOG / 2 }, () => {
      const fd = openConnector(address, undefined);
      const result = startConnect(fd, address);
      assert.ok(result === 0 || result === -EINPROGRESS);
      return fd;
    });
    const accept = new Accepted(listen.ends[0]!);
    driver.submit(accept);
    until(driver, () => accept.fds.length === clients.length);
    assert.equal(driver.stats.openSockets, 1 + clients.length);
    assert.deepEqual(accept.ends, []);
    for (const fd of clients) libc().close(fd);
  });
});

test('io_uring: 8 MiB go whole and unchanged', needsIoUring, () => {
  withDriver({}, (driver, pair) => {
    const { near, far } = pair(SOCK_NONBLOCK);
    const receive = new Received(far);
    const expected = pattern(8 * 1024 * 1024);
    const send = new Sent(near, Buffer.from(expected));
    driver.submit(receive);
    driver.submit(send);
    // From here on the driver alone keeps the bytes.
    send.data = undefined;
    until(driver, () => send.ends.length > 0);
    assert.deepEqual(send.ends, [expected.length]);
    driver.shutdown(near, 'write');
    until(driver, () => receive.ends.length > 0);
    assert.ok(receive.bytes.equals(expected));
  });
});
