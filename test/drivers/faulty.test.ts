/** The driver that makes up faults keeps the contract itself: else what it finds would be its own doing. */
import { IoUringDriver } from '../../src/drivers/io-uring/driver.ts';
import { probeIoUring } from '../../src/drivers/io-uring/probe.ts';
import { NodeDriver } from '../../src/drivers/node/driver.ts';
import type { Driver } from '../../src/io/driver.ts';
import { Random } from '../differential/generate/random.ts';
import { FaultyDriver } from '../support/faults/faulty-driver.ts';
import { LAWFUL } from '../support/faults/plan.ts';
import { driverConformance } from './conformance.ts';

/** The suite tests `append` itself. */
const odds = { ...LAWFUL, refuseAppend: 0 };
let seed = 1;

/** One driver is enough: it is the wrapping that is tested. */
const probe = probeIoUring();
const make = (): Driver => (probe.ok ? new IoUringDriver() : new NodeDriver());
driverConformance('lawfully faulty', () => new FaultyDriver(make(), { random: new Random(seed++), odds }));
