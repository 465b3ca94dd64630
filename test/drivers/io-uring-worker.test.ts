import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { checkLeaks } from '../support/check-leaks.ts';
import { needsIoUring } from './io-uring-support.ts';

checkLeaks();

const url = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);
const loader = JSON.stringify(import.meta.resolve('tsx/esm/api'));

/** Node 20 gives workers no loader of TypeScript: they register it themselves. */
const SCRIPT = `
const { parentPort } = require('node:worker_threads');
(async () => {
  (await import(${loader})).register();
  const { Received, socketPair, until } = await import(${url('./io-uring-support.ts')});
  const { IoUringDriver } = await import(${url('../../src/drivers/io-uring/driver.ts')});
  const driver = new IoUringDriver();
  const pair = socketPair();
  const receive = new Received(pair.near);
  driver.submit(receive);
  pair.write(Buffer.from('from a thread'));
  until(driver, () => receive.pieces.length > 0);
  driver.dispose();
  pair.close();
  parentPort.postMessage(receive.bytes.toString());
})();
`;

test('io_uring: each thread has rings of its own', needsIoUring, async () => {
  const workers = [1, 2].map(() => new Worker(SCRIPT, { eval: true }));
  const answers = await Promise.all(workers.map((worker) => once(worker, 'message')));
  assert.deepEqual(answers, [['from a thread'], ['from a thread']]);
  await Promise.all(workers.map((worker) => worker.terminate()));
});
