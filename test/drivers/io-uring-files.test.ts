import assert from 'node:assert/strict';
import { constants, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { decodeStatx } from '../../src/ffi/statx.ts';
import { ECANCELED, ENAMETOOLONG, ENOENT } from '../../src/io/errno.ts';
import {
  FILE_CLOSE,
  FILE_OPEN,
  FILE_READ,
  FILE_STAT,
  FILE_SYNC,
  FILE_WRITE,
  FileCall,
  LARGEST_READ,
} from '../../src/io/operation.ts';
import { checkLeaks } from '../support/check-leaks.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { needsIoUring, pattern, until, withDriver } from './io-uring-support.ts';

checkLeaks();

const folder = temporaryFolder('uring-files');

class Called extends FileCall {
  readonly ends: number[] = [];
  came = Buffer.alloc(0);
  constructor(call: number, fd: number, fields: Partial<FileCall> = {}) {
    super();
    Object.assign(this, fields, { call, fd });
  }
  override onData(memory: Buffer, start: number, end: number): void {
    assert.deepEqual(this.ends, []);
    this.came = Buffer.from(memory.subarray(start, end));
  }
  override onEnd(result: number): void {
    this.ends.push(result);
  }
}

const READ_WRITE = constants.O_RDWR | constants.O_CREAT;

test('io_uring: a file is opened, written, read, asked about and closed', needsIoUring, () => {
  withDriver({}, (driver) => {
    const carry = (call: Called): number => {
      driver.submit(call);
      until(driver, () => call.ends.length > 0);
      assert.equal(call.ends.length, 1);
      return call.ends[0]!;
    };
    const path = join(folder, 'all');
    const fd = carry(new Called(FILE_OPEN, -1, { path, flags: READ_WRITE, mode: 0o600 }));
    assert.ok(fd > 0);
    assert.equal(driver.stats.openSockets, 1);
    for (const length of [0, 1, 64, 16_384, 16_385, 1_000_000]) {
      const data = pattern(length);
      assert.equal(carry(new Called(FILE_WRITE, fd, { data, position: 10 })), length);
      const read = new Called(FILE_READ, fd, { length: Math.min(length + 5, LARGEST_READ), position: 10 });
      assert.equal(carry(read), length);
      assert.deepEqual(read.came, data);
    }
    assert.equal(carry(new Called(FILE_SYNC, fd)), 0);
    const stat = new Called(FILE_STAT, fd);
    assert.equal(carry(stat), 0);
    const fields = decodeStatx(new DataView(stat.came.buffer, stat.came.byteOffset, stat.came.length));
    assert.equal(fields.size, 1_000_010);
    assert.equal(fields.mode, 0o100600);
    assert.equal(carry(new Called(FILE_CLOSE, fd)), 0);
    assert.equal(driver.stats.openSockets, 0);
    assert.equal(carry(new Called(FILE_OPEN, -1, { path: join(folder, 'none'), flags: 0 })), -ENOENT);
    assert.equal(carry(new Called(FILE_OPEN, -1, { path: 'x'.repeat(20_000), flags: 0 })), -ENAMETOOLONG);
    assert.equal(driver.stats.inFlight, 0);
  });
});

test('io_uring: many reads at once give their memory back, and the system most of it', needsIoUring, () => {
  withDriver({ entries: 8 }, (driver) => {
    const path = join(folder, 'long');
    const data = pattern(4 * LARGEST_READ);
    writeFileSync(path, data);
    const open = new Called(FILE_OPEN, -1, { path, flags: constants.O_RDONLY });
    driver.submit(open);
    until(driver, () => open.ends.length > 0);
    const fd = open.ends[0]!;
    const before = driver.stats.mappedBytes;
    const reads = Array.from({ length: 100 }, (_, i) => {
      return new Called(FILE_READ, fd, { length: LARGEST_READ - i, position: i * 1000 });
    });
    for (const read of reads) driver.submit(read);
    assert.ok(driver.stats.mappedBytes - before >= 100 * LARGEST_READ);
    until(driver, () => reads.every((read) => read.ends.length > 0));
    reads.forEach((read, i) => {
      assert.ok(read.came.equals(data.subarray(i * 1000, i * 1000 + LARGEST_READ - i)));
    });
    assert.ok(driver.stats.mappedBytes - before <= 8 * LARGEST_READ);
  });
});

test('io_uring: a read of a pipe is cancelled; its memory is there until then', needsIoUring, () => {
  withDriver({}, (driver, pair) => {
    const { near, write } = pair();
    const read = new Called(FILE_READ, near, { length: 100_000 });
    driver.submit(read);
    driver.flush();
    driver.cancel(read);
    until(driver, () => read.ends.length > 0);
    assert.deepEqual(read.ends, [-ECANCELED]);
    write(Buffer.from('later'));
    const again = new Called(FILE_READ, near, { length: 100_000 });
    driver.submit(again);
    until(driver, () => again.ends.length > 0);
    assert.equal(String(again.came), 'later');
  });
});

test('io_uring: long writes under way when the driver ends are waited for', needsIoUring, () => {
  const path = join(folder, 'ending');
  const data = pattern(8_000_000);
  const writes: Called[] = [];
  withDriver({}, (driver) => {
    const open = new Called(FILE_OPEN, -1, { path, flags: READ_WRITE, mode: 0o600 });
    driver.submit(open);
    until(driver, () => open.ends.length > 0);
    for (let i = 0; i < 5; i++) writes.push(new Called(FILE_WRITE, open.ends[0]!, { data, position: i * data.length }));
    for (const write of writes) driver.submit(write);
    driver.flush();
  });
  const written = readFileSync(path);
  writes.forEach(({ ends }, i) => {
    assert.equal(ends.length, 1);
    if (ends[0]! < 0) return;
    const start = i * data.length;
    assert.ok(written.subarray(start, start + ends[0]!).equals(data.subarray(0, ends[0]!)));
  });
});
