import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { EpollDriver } from '../../src/drivers/epoll/driver.ts';
import { probeEpoll } from '../../src/drivers/epoll/probe.ts';
import { driverConformance } from './conformance.ts';

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
