import { NodeDriver } from '../../src/drivers/node/driver.ts';
import { driverConformance } from './conformance.ts';

driverConformance('node', () => new NodeDriver());
