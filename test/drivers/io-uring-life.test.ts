import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RuntimeError } from '../../src/core/errors.ts';
import { IoUringDriver } from '../../src/drivers/io-uring/driver.ts';
import { SOCK_NONBLOCK } from '../../src/ffi/constants.ts';
import { ECANCELED } from '../../src/io/errno.ts';
import { COPY_LIMIT, IDLE, READABLE } from '../../src/io/operation.ts';
import { checkLeaks } from '../support/check-leaks.ts';
import {
  Accepted,
  Connected,
  Listened,
  needsIoUring,
  openDescriptors,
  Polled,
  pattern,
  Received,
  ringMappings,
  Sent,
  socketPair,
  until,
  withDriver,
} from './io-uring-support.ts';

checkLeaks();

/** More than the buffers of a socket pair hold, so that it is stuck until somebody reads. */
const STUCK_BYTES = 8 * 1024 * 1024;

test('io_uring: append goes on with a send that is not handed over, as long as it is short', needsIoUring, () => {
  withDriver({}, (driver, pair) => {
    const { near, read } = pair();
    const first = Buffer.from('one ');
    const send = new Sent(near, first);
    driver.submit(send);
    first.fill('?');
    assert.equal(driver.append(send, Buffer.from('two ')), true);
    assert.equal(driver.append(send, Buffer.alloc(COPY_LIMIT)), false);
    assert.equal(driver.append(send, Buffer.from('three')), true);
    driver.flush();
    assert.equal(driver.append(send, Buffer.from('four')), false);
    driver.poll();
    assert.deepEqual(send.ends, [13]);
    assert.equal(driver.append(send, Buffer.from('five')), false);
    const into = Buffer.alloc(100);
    assert.equal(into.toString('latin1', 0, read(into)), 'one two three');
    send.data = Buffer.alloc(COPY_LIMIT + 1);
    driver.submit(send);
    assert.equal(driver.append(send, Buffer.from('x')), false);
  });
});

test('io_uring: dispose with everything in flight ends each once and leaves nothing behind', needsIoUring, () => {
  const pairs = [socketPair(SOCK_NONBLOCK), socketPair(), socketPair()];
  const before = openDescriptors();
  const mappings = ringMappings();
  const driver = new IoUringDriver();
  const listen = new Listened();
  listen.address = { family: 4, host: '127.0.0.1', port: 0 };
  listen.options = { backlog: 16, reuseAddress: true, reusePort: false, v6Only: false };
  driver.submit(listen);
  driver.poll();
  const connect = new Connected();
  connect.address = driver.localAddress(listen.ends[0]!);
  const operations = [
    new Received(pairs[0]!.near),
    new Sent(pairs[0]!.near, pattern(STUCK_BYTES)),
    new Polled(pairs[1]!.near, READABLE),
    new Accepted(listen.ends[0]!),
    connect,
    new Sent(pairs[2]!.near, Buffer.from('small')),
  ];
  assert.equal(ringMappings(), mappings + 2);
  for (const operation of operations) driver.submit(operation);
  driver.flush();
  const late = new Received(pairs[2]!.near);
  driver.submit(late);
  driver.dispose();
  driver.dispose();
  for (const { ends, state } of [...operations, late]) {
    assert.equal(ends.length, 1);
    assert.equal(state, IDLE);
  }
  assert.equal(driver.stats.inFlight, 0);
  assert.equal(driver.stats.openSockets, 0);
  assert.equal(driver.stats.mappedBytes, 0);
  assert.equal(openDescriptors(), before);
  assert.equal(ringMappings(), mappings);
  assert.throws(() => driver.submit(late), RuntimeError);
  assert.equal(driver.poll(), 0);
  assert.equal(driver.prepareSleep(undefined), false);
  for (const pair of pairs) pair.close();
});

test('io_uring: many drivers one after the other', needsIoUring, () => {
  const before = openDescriptors();
  const mappings = ringMappings();
  for (let i = 0; i < 50; i++) withDriver({}, (driver, pair) => driver.submit(new Received(pair().near)));
  assert.equal(openDescriptors(), before);
  assert.equal(ringMappings(), mappings);
});

test('io_uring: an error out of a callback costs neither completions nor buffers', needsIoUring, () => {
  class Thrower extends Received {
    override onData(memory: Buffer, start: number, end: number): void {
      super.onData(memory, start, end);
      throw new Error('bug in a callback');
    }
  }
  withDriver({ bufferCount: 4, bufferLimit: 4, bufferBytes: 16 }, (driver, pair) => {
    const bad = pair();
    const good = pair();
    const receive = new Thrower(bad.near);
    const other = new Received(good.near);
    driver.submit(receive);
    driver.submit(other);
    const data = pattern(16 * 20);
    bad.write(data);
    good.write(data);
    let thrown = 0;
    while (receive.bytes.length < data.length || other.bytes.length < data.length) {
      try {
        driver.wait(1000);
      } catch (error) {
        assert.match(String(error), /bug in a callback/);
        thrown++;
      }
    }
    assert.equal(thrown, receive.pieces.length);
    assert.deepEqual(receive.bytes, data);
    assert.deepEqual(other.bytes, data);
  });
});

test('io_uring: dispose delivers everything before it throws what a callback threw', needsIoUring, () => {
  class Thrower extends Received {
    override onEnd(result: number): void {
      super.onEnd(result);
      throw new Error(`end of ${this.fd}`);
    }
  }
  const before = openDescriptors();
  const pairs = [socketPair(), socketPair()];
  const driver = new IoUringDriver();
  const receives = pairs.map(({ near }) => new Thrower(near));
  for (const receive of receives) driver.submit(receive);
  assert.throws(() => driver.dispose(), /end of/);
  for (const receive of receives) assert.deepEqual(receive.ends, [-ECANCELED]);
  for (const pair of pairs) pair.close();
  assert.equal(openDescriptors(), before);
});

test('io_uring: neither poll nor wait from inside a callback', needsIoUring, () => {
  withDriver({}, (driver, pair) => {
    const tried: unknown[] = [];
    class Nested extends Received {
      override onData(): void {
        for (const call of [() => driver.poll(), () => driver.wait(0)]) {
          try {
            call();
          } catch (error) {
            tried.push(error);
          }
        }
      }
    }
    const { near, write } = pair();
    driver.submit(new Nested(near));
    write(Buffer.from('x'));
    until(driver, () => tried.length > 0);
    assert.equal(tried.length, 2);
    for (const error of tried) assert.ok(error instanceof RuntimeError);
  });
});
