import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { EpollDriver } from '../../src/drivers/epoll/driver.ts';
import { probeEpoll } from '../../src/drivers/epoll/probe.ts';
import { driverConformance } from './conformance.ts';
import { TestReceive } from './harness.ts';
import { pattern, socketPair } from './io-uring-support.ts';

const probe = probeEpoll();
driverConformance('epoll', () => new EpollDriver(), probe.ok ? undefined : probe.reason);

test('the probe says why not', () => {
  const script = "import('./src/drivers/epoll/probe.ts').then(({ probeEpoll }) => console.log(probeEpoll().reason))";
  const child = spawnSync(process.execPath, [...process.execArgv, '--input-type=module', '-e', script], {
    cwd: new URL('../..', import.meta.url),
    env: { ...process.env, TSYNCIO_FFI: 'off', NODE_TEST_CONTEXT: undefined },
    encoding: 'utf8',
  });
  const expected =
    process.platform === 'linux' ? 'switched off by the environment variable TSYNCIO_FFI=off\n' : 'epoll';
  assert.ok(child.stdout.startsWith(expected), child.stdout + child.stderr);
});

test('what is received in one run is bounded, and the rest comes with the next', { skip: !probe.ok }, () => {
  const MB = 1024 * 1024;
  const driver = new EpollDriver();
  const pairs = Array.from({ length: 16 }, () => socketPair(0x800));
  try {
    const data = pattern(150 * 1024);
    const receives = pairs.map(({ near, write }) => {
      assert.equal(write(data), data.length);
      const receive = new TestReceive(near);
      driver.submit(receive);
      return receive;
    });
    let before = 0;
    for (let polls = 0; before < pairs.length * data.length; polls++) {
      assert.ok(polls < 10);
      driver.poll();
      const now = receives.reduce((sum, { length }) => sum + length, 0);
      assert.ok(now > before, 'each poll goes on');
      assert.ok(now - before <= MB + data.length, `${now - before} bytes in one poll`);
      before = now;
      assert.equal(driver.prepareSleep(0), before === pairs.length * data.length, 'no sleep before all is received');
    }
    for (const receive of receives) assert.ok(receive.data.equals(data));
  } finally {
    driver.dispose();
    for (const pair of pairs) pair.close();
  }
});
