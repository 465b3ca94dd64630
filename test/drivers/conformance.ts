import { describe } from 'node:test';
import type { Driver } from '../../src/io/driver.ts';
import { bytesConformance } from './conformance-bytes.ts';
import { callbacksConformance } from './conformance-callbacks.ts';
import { cancelConformance } from './conformance-cancel.ts';
import { connectionsConformance } from './conformance-connections.ts';
import { datagramsConformance } from './conformance-datagrams.ts';
import { endingConformance } from './conformance-ending.ts';
import { readinessConformance } from './conformance-readiness.ts';

export type DriverFactory = () => Driver;

/** The contract of `io/driver.ts` and `io/operation.ts`, as tests; every driver that has descriptors passes them all. */
export function driverConformance(name: string, factory: DriverFactory, skip?: string): void {
  describe(`${name} driver`, { skip: skip ?? false }, () => {
    describe('connections', () => connectionsConformance(factory));
    describe('bytes', () => bytesConformance(factory));
    describe('ending', () => endingConformance(factory));
    describe('cancel', () => cancelConformance(factory));
    describe('callbacks', () => callbacksConformance(factory));
    describe('datagrams', () => datagramsConformance(factory));
    describe('readiness and sleep', () => readinessConformance(factory));
  });
}
