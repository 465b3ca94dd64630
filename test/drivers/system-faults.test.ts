/** The conformance suite on drivers whose system calls are interrupted (EINTR, EAGAIN, ENOBUFS, …) and cut short. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { EpollDriver } from '../../src/drivers/epoll/driver.ts';
import { probeEpoll } from '../../src/drivers/epoll/probe.ts';
import { IoUringDriver } from '../../src/drivers/io-uring/driver.ts';
import { probeIoUring } from '../../src/drivers/io-uring/probe.ts';
import { Random } from '../differential/generate/random.ts';
import type { DriverFactory } from './conformance.ts';
import { bytesConformance } from './conformance-bytes.ts';
import { cancelConformance } from './conformance-cancel.ts';
import { connectionsConformance } from './conformance-connections.ts';
import { datagramsConformance } from './conformance-datagrams.ts';
import { cannotInject, type Disturbed, disturbCalls, disturbRequests } from './system-faults.ts';

/** At the end of a suite: each kind of fault was there. */
function wasDisturbed(disturbed: Disturbed, kinds: readonly string[]): void {
  test('all kinds of faults have come', () => {
    for (const kind of kinds) assert.ok((disturbed.get(kind) ?? 0) > 0, `${kind}: ${disturbed.get(kind)}`);
  });
}

function suites(factory: DriverFactory): void {
  describe('connections', () => connectionsConformance(factory));
  describe('bytes', () => bytesConformance(factory));
  describe('cancel', () => cancelConformance(factory));
  describe('datagrams', () => datagramsConformance(factory));
}

const epoll = probeEpoll();
describe('epoll with interrupted calls', { skip: epoll.ok ? false : epoll.reason }, () => {
  const disturbed: Disturbed = new Map();
  let restore = (): void => {};
  before(() => {
    restore = disturbCalls(new Random(1), disturbed);
  });
  after(() => restore());
  suites(() => new EpollDriver());
  wasDisturbed(disturbed, ['recv', 'send', 'accept4', 'recvfrom']);
});

const ioUring = probeIoUring();
const reason = ioUring.ok ? cannotInject() : ioUring.reason;
describe('io_uring with interrupted and short requests', { skip: reason ?? false }, () => {
  const disturbed: Disturbed = new Map();
  let seed = 1;
  suites(() => {
    const driver = new IoUringDriver();
    disturbRequests(driver, new Random(seed++), disturbed);
    return driver;
  });
  wasDisturbed(disturbed, ['recv', 'send', 'accept', 'short send']);
});
