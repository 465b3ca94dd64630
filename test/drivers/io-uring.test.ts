import { IoUringDriver } from '../../src/drivers/io-uring/driver.ts';
import { probeIoUring } from '../../src/drivers/io-uring/probe.ts';
import { driverConformance } from './conformance.ts';

const probe = probeIoUring();
driverConformance('io_uring', () => new IoUringDriver(), probe.ok ? undefined : probe.reason);
