import assert from 'node:assert/strict';
import { test } from 'node:test';
import { probeIoUring } from '../../src/drivers/io-uring/probe.ts';
import { libc, pinned } from '../../src/ffi/libc.ts';
import { checkLeaks } from '../support/check-leaks.ts';
import { needsIoUring, Received, withDriver } from './io-uring-support.ts';

checkLeaks();

const POLLIN = 1;
/** In ms; only a hang reaches it. */
const LONG = 60_000;

/** What a watcher of the descriptor would see within `timeoutMs`. */
function becomesReadable(fd: number, timeoutMs: number): boolean {
  const { view, address } = pinned(8);
  view.setInt32(0, fd, true);
  view.setInt16(4, POLLIN, true);
  return libc().poll(address, 1, timeoutMs) === 1;
}

test('io_uring: the probe says yes, and the same again', needsIoUring, () => {
  assert.deepEqual(probeIoUring(), { ok: true });
  assert.equal(probeIoUring(), probeIoUring());
});

test('io_uring: a completion wakes a sleeper, and the signal is gone afterwards', needsIoUring, () => {
  withDriver({}, (driver, pair) => {
    const { near, write } = pair();
    const receive = new Received(near);
    driver.submit(receive);
    for (let round = 1; round <= 3; round++) {
      assert.equal(driver.prepareSleep(undefined), true);
      assert.equal(becomesReadable(driver.readyFd, 0), false);
      write(Buffer.from('x'));
      assert.equal(becomesReadable(driver.readyFd, LONG), true);
      assert.equal(driver.poll(), 1);
      assert.equal(receive.bytes.length, round);
      assert.equal(becomesReadable(driver.readyFd, 0), false);
    }
  });
});

test('io_uring: nobody sleeps when something came before', needsIoUring, () => {
  withDriver({}, (driver, pair) => {
    const { near, write } = pair();
    const receive = new Received(near);
    driver.submit(receive);
    driver.flush();
    write(Buffer.from('x'));
    assert.equal(driver.prepareSleep(undefined), false);
    assert.equal(driver.poll(), 1);
    assert.equal(driver.prepareSleep(undefined), true);
    driver.poll();
  });
});

// Elsewhere the signals stay on, see Sleep.
const needsX64 = process.arch === 'x64' ? needsIoUring : { skip: 'x64 only' };

test('io_uring: while awake the descriptor is silent', needsX64, () => {
  withDriver({}, (driver, pair) => {
    const { near, write } = pair();
    const receive = new Received(near);
    driver.submit(receive);
    driver.flush();
    write(Buffer.from('x'));
    assert.equal(driver.poll(), 1);
    assert.equal(becomesReadable(driver.readyFd, 0), false);
  });
});

test('io_uring: the deadline of a sleep wakes, and an earlier one replaces it', needsIoUring, () => {
  withDriver({}, (driver) => {
    assert.equal(driver.prepareSleep(LONG * 10), true);
    driver.poll();
    const began = performance.now();
    assert.equal(driver.prepareSleep(2.5), true);
    assert.equal(becomesReadable(driver.readyFd, LONG), true);
    assert.ok(performance.now() - began >= 2.5);
    assert.equal(driver.poll(), 0);
    assert.equal(driver.prepareSleep(undefined), true);
    assert.equal(becomesReadable(driver.readyFd, 0), false);
    driver.poll();
    // A deadline that has passed by the time the request is there: no sleep, or one that is over at once.
    if (driver.prepareSleep(0)) assert.equal(becomesReadable(driver.readyFd, LONG), true);
    assert.equal(driver.poll(), 0);
  });
});

test('io_uring: wait ends at its time when nothing comes', needsIoUring, () => {
  withDriver({}, (driver, pair) => {
    driver.submit(new Received(pair().near));
    const began = performance.now();
    assert.equal(driver.wait(1.5), 0);
    assert.ok(performance.now() - began >= 1.5);
    assert.equal(driver.wait(0), 0);
  });
});
