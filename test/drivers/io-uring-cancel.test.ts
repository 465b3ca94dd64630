import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SOCK_NONBLOCK } from '../../src/ffi/constants.ts';
import { ECANCELED } from '../../src/io/errno.ts';
import { IDLE, READABLE } from '../../src/io/operation.ts';
import { checkLeaks } from '../support/check-leaks.ts';
import { Listened, needsIoUring, Polled, pattern, Received, Sent, until, withDriver } from './io-uring-support.ts';

checkLeaks();

/** More than the buffers of a socket pair hold, so that it is stuck until somebody reads. */
const STUCK_BYTES = 8 * 1024 * 1024;

test('io_uring: cancel before the request was handed over', needsIoUring, () => {
  withDriver({}, (driver, pair) => {
    const receive = new Received(pair().near);
    driver.submit(receive);
    driver.cancel(receive);
    driver.cancel(receive);
    until(driver, () => receive.ends.length > 0);
    assert.deepEqual(receive.ends, [-ECANCELED]);
    assert.equal(receive.state, IDLE);
  });
});

test('io_uring: cancel while the kernel waits', needsIoUring, () => {
  withDriver({}, (driver, pair) => {
    const receive = new Received(pair().near);
    const poll = new Polled(pair().near, READABLE);
    driver.submit(receive);
    driver.submit(poll);
    driver.flush();
    driver.cancel(receive);
    driver.cancel(poll);
    until(driver, () => receive.ends.length + poll.ends.length === 2);
    assert.deepEqual([...receive.ends, ...poll.ends], [-ECANCELED, -ECANCELED]);
  });
});

test('io_uring: cancel when the completions are there already loses no data', needsIoUring, () => {
  withDriver({ bufferCount: 4, bufferLimit: 4, bufferBytes: 8 }, (driver, pair) => {
    const { near, write } = pair();
    const receive = new Received(near);
    const poll = new Polled(near, READABLE);
    write(Buffer.from('0123456789'));
    driver.submit(receive);
    driver.submit(poll);
    driver.flush();
    driver.cancel(receive);
    driver.cancel(poll);
    until(driver, () => receive.ends.length + poll.ends.length === 2);
    assert.equal(receive.bytes.toString(), '0123456789');
    assert.deepEqual(receive.ends, [-ECANCELED]);
    driver.submit(receive);
    write(Buffer.from('more'));
    until(driver, () => receive.bytes.length === 14);
    assert.equal(receive.bytes.toString(), '0123456789more');
  });
});

test('io_uring: a receive whose buffers ran out is not armed again after a cancel', needsIoUring, () => {
  withDriver({ bufferCount: 2, bufferLimit: 2, bufferBytes: 8 }, (driver, pair) => {
    const { near, write, far } = pair();
    const data = pattern(1000);
    write(data);
    const receive = new Received(near);
    driver.submit(receive);
    driver.flush();
    driver.cancel(receive);
    until(driver, () => receive.ends.length > 0);
    assert.deepEqual(receive.ends, [-ECANCELED]);
    assert.deepEqual(receive.bytes, data.subarray(0, receive.bytes.length));
    // What was not delivered is still in the socket.
    driver.submit(receive);
    driver.shutdown(far, 'write');
    until(driver, () => receive.ends.length > 1);
    assert.deepEqual(receive.bytes, data);
    assert.deepEqual(receive.ends, [-ECANCELED, 0]);
  });
});

test('io_uring: a cancelled send tells how far it came', needsIoUring, () => {
  withDriver({}, (driver, pair) => {
    const { near, read } = pair(SOCK_NONBLOCK);
    const data = pattern(STUCK_BYTES);
    const send = new Sent(near, data);
    driver.submit(send);
    driver.flush();
    driver.poll();
    assert.deepEqual(send.ends, []);
    driver.cancel(send);
    until(driver, () => send.ends.length > 0);
    const sent = send.ends.at(-1) ?? 0;
    assert.ok(sent > 0 && sent < STUCK_BYTES);
    const into = Buffer.alloc(STUCK_BYTES);
    let length = 0;
    for (let result = read(into); result > 0; result = read(into.subarray(length))) length += result;
    assert.equal(length, sent);
    assert.ok(into.subarray(0, length).equals(data.subarray(0, length)));
  });
});

test('io_uring: cancel of an operation that ended at its submit changes nothing', needsIoUring, () => {
  withDriver({}, (driver) => {
    const listen = new Listened();
    listen.address = { family: 4, host: '127.0.0.1', port: 0 };
    listen.options = { backlog: 16, reuseAddress: true, reusePort: false, v6Only: false };
    driver.submit(listen);
    driver.cancel(listen);
    assert.equal(driver.prepareSleep(undefined), false);
    assert.equal(driver.poll(), 1);
    assert.ok(listen.ends[0]! >= 0);
    driver.close(listen.ends[0]!);
    assert.equal(driver.stats.openSockets, 0);
  });
});
