import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IoUringDriver } from '../../src/drivers/io-uring/driver.ts';
import { DIRECT_RECEIVE } from '../../src/drivers/io-uring/slot-table.ts';
import { ECANCELED } from '../../src/io/errno.ts';
import { checkLeaks } from '../support/check-leaks.ts';
import { needsIoUring, type Peer, pattern, Received, until, withDriver } from './io-uring-support.ts';

checkLeaks();

const KB = 1024;
const LONG = 400 * KB;

class Long extends Received {
  /** What was given with its memory. */
  given = 0;
  onPiece: () => void = () => {};

  override onData(memory: Buffer, start: number, end: number): void {
    super.onData(memory, start, end);
    this.onPiece();
  }

  override onOwnData(piece: Buffer): void {
    this.given += piece.length;
    this.pieces.push(piece);
    this.onPiece();
  }
}

const isDirect = (driver: IoUringDriver, { slot }: Received): boolean =>
  driver.engine.slots.kinds[slot] === DIRECT_RECEIVE;

/** Writes all of it, as the socket takes it, and lets the driver receive it. */
function pass(driver: IoUringDriver, write: Peer['write'], receive: Long, data: Buffer): void {
  const end = receive.pieces.reduce((sum, { length }) => sum + length, 0) + data.length;
  const have = (): number => receive.pieces.reduce((sum, { length }) => sum + length, 0);
  for (let at = 0; have() < end; ) {
    const count = at < data.length ? write(data.subarray(at)) : 0;
    if (count > 0) at += count;
    driver.wait(count > 0 ? 0 : 1000);
  }
}

/** A receive that is read by plain calls. */
function longReceive(driver: IoUringDriver, { near, write }: Peer): Long {
  const receive = new Long(near);
  driver.submit(receive);
  pass(driver, write, receive, pattern(4 * LONG));
  assert.ok(isDirect(driver, receive));
  assert.deepEqual(receive.bytes, pattern(4 * LONG));
  receive.pieces = [];
  return receive;
}

const NONBLOCK = 0x800;

test('io_uring: long data comes by plain calls, short data by the request again', needsIoUring, () => {
  withDriver({}, (driver, pair) => {
    const peer = pair(NONBLOCK);
    const receive = longReceive(driver, peer);
    for (let i = 0; i < 8; i++) {
      assert.ok(isDirect(driver, receive), `short piece ${i}`);
      pass(driver, peer.write, receive, pattern(100 + i));
    }
    assert.ok(!isDirect(driver, receive));
    pass(driver, peer.write, receive, pattern(200));
    assert.deepEqual(receive.bytes.subarray(-200), pattern(200));
    assert.deepEqual(receive.ends, []);
  });
});

test('io_uring: memory that was given stays as it was', needsIoUring, () => {
  withDriver({}, (driver, pair) => {
    const peer = pair(NONBLOCK);
    const receive = longReceive(driver, peer);
    receive.given = 0;
    const data = pattern(8 * LONG);
    pass(driver, peer.write, receive, data);
    assert.ok(receive.given > 0);
    assert.deepEqual(receive.bytes, data);
  });
});

test(
  'io_uring: a plain receive that is cancelled in its callback ends, and goes on when submitted anew',
  needsIoUring,
  () => {
    withDriver({}, (driver, pair) => {
      const peer = pair(NONBLOCK);
      const receive = longReceive(driver, peer);
      receive.onPiece = () => driver.cancel(receive);
      peer.write(pattern(3000));
      until(driver, () => receive.ends.length > 0);
      assert.deepEqual(receive.ends, [-ECANCELED]);
      assert.equal(driver.stats.inFlight, 0);
      peer.write(pattern(50));
      receive.onPiece = () => {};
      driver.submit(receive);
      assert.ok(isDirect(driver, receive), 'the connection is known');
      assert.deepEqual(receive.bytes, pattern(3000), 'not from inside a submit');
      until(driver, () => receive.bytes.length === 3050);
      driver.cancel(receive);
      until(driver, () => receive.ends.length > 1);
      assert.deepEqual(receive.ends, [-ECANCELED, -ECANCELED]);
    });
  },
);

test('io_uring: a plain receive that was submitted and cancelled in one turn only ends', needsIoUring, () => {
  withDriver({}, (driver, pair) => {
    const peer = pair(NONBLOCK);
    const receive = longReceive(driver, peer);
    driver.cancel(receive);
    until(driver, () => receive.ends.length > 0);
    peer.write(pattern(10));
    driver.submit(receive);
    driver.cancel(receive);
    until(driver, () => receive.ends.length > 1);
    assert.deepEqual(receive.pieces, []);
  });
});

test('io_uring: an error in the callback of a plain receive loses nothing', needsIoUring, () => {
  withDriver({}, (driver, pair) => {
    const peer = pair(NONBLOCK);
    const receive = longReceive(driver, peer);
    receive.onPiece = () => {
      receive.onPiece = () => {};
      throw new Error('from the callback');
    };
    peer.write(pattern(300));
    assert.throws(() => until(driver, () => false), /from the callback/);
    pass(driver, peer.write, receive, pattern(200));
    assert.deepEqual(receive.bytes, Buffer.concat([pattern(300), pattern(200)]));
  });
});

test('io_uring: the end of the stream after long data', needsIoUring, () => {
  withDriver({}, (driver, pair) => {
    const peer = pair(NONBLOCK);
    const receive = longReceive(driver, peer);
    peer.write(pattern(1000));
    driver.shutdown(peer.far, 'write');
    until(driver, () => receive.ends.length > 0);
    assert.deepEqual(receive.ends, [0]);
    assert.deepEqual(receive.bytes, pattern(1000));
  });
});

test('io_uring: a driver that is disposed of ends plain receives', needsIoUring, () => {
  withDriver({}, (driver, pair) => {
    const receive = longReceive(driver, pair(NONBLOCK));
    driver.dispose();
    assert.deepEqual(receive.ends, [-ECANCELED]);
  });
});

test('io_uring: a number that is given to another connection says nothing of its data', needsIoUring, () => {
  withDriver({}, (driver, pair) => {
    const peer = pair(NONBLOCK);
    const receive = longReceive(driver, peer);
    driver.cancel(receive);
    until(driver, () => receive.ends.length > 0);
    driver.adopt(peer.near);
    driver.submit(receive);
    assert.ok(!isDirect(driver, receive));
    driver.cancel(receive);
    until(driver, () => receive.ends.length > 1);
    driver.engine.descriptors.disown(peer.near);
  });
});
