import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkLeaks } from '../support/check-leaks.ts';
import { Child } from '../support/child.ts';
import { needsIoUring } from './io-uring-support.ts';

checkLeaks();

const url = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);

/** A read of unmapped memory is the end of a process: so it is one of its own. */
const SCRIPT = `
import { inspect } from 'node:util';
const { Received, Sent, socketPair, until } = await import(${url('./io-uring-support.ts')});
const { IoUringDriver } = await import(${url('../../src/drivers/io-uring/driver.ts')});
const driver = new IoUringDriver();
const pair = socketPair();
const receive = new Received(pair.near);
const send = new Sent(pair.near, Buffer.from('there'));
driver.submit(receive);
driver.submit(send);
pair.write(Buffer.from('back'));
until(driver, () => receive.pieces.length > 0 && send.ends.length > 0);
driver.dispose();
pair.close();
inspect(driver, { depth: Infinity, showHidden: true, maxArrayLength: Infinity });
const visit = (value, seen = new Set()) => {
  if (typeof value !== 'object' || value === null || seen.has(value)) return;
  seen.add(value);
  if (ArrayBuffer.isView(value)) for (let i = 0; i < value.byteLength; i += 4096) value[i];
  else for (const key of Reflect.ownKeys(value)) visit(value[key], seen);
};
visit(driver);
driver.cancel(receive);
driver.flush();
console.log(driver.append(send, Buffer.from('x')), driver.poll(), driver.wait(0), driver.prepareSleep(0));
console.log(driver.stats.inFlight, driver.stats.mappedBytes, receive.ends.length, send.ends.length);
`;

test(
  'io_uring: whatever is asked of a driver that is closed, nothing looks at memory that is gone',
  needsIoUring,
  async () => {
    const words = ['--conditions=@tsyncio/source', '--import', 'tsx', '--input-type=module', '-e', SCRIPT];
    const { code, signal, stdout, stderr } = await new Child(words).ended();
    assert.deepEqual([code, signal], [0, null], stderr);
    assert.equal(stdout, 'false 0 0 false\n0 0 1 1\n');
  },
);
