export { DeadlockError } from '../core/errors.ts';
export { type RunVirtualOptions, runVirtual } from './run-virtual.ts';
