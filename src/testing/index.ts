export { DeadlockError } from '../core/deadlock-error.ts';
export { newVirtualEventLoop, type VirtualEventLoopOptions } from './new-virtual-event-loop.ts';
export { type RunVirtualOptions, runVirtual } from './run-virtual.ts';
