import { IDLE, type Operation } from '../../io/operation.ts';
import { descriptorUse } from './descriptor-table.ts';
import type { Engine } from './engine.ts';
import { NO_SLAB } from './slot-table.ts';

/** Final: the operation is idle again, then it is told. */
export function finish(engine: Engine, operation: Operation, slot: number, result: number): void {
  release(engine, operation, slot);
  operation.state = IDLE;
  engine.completions++;
  operation.onEnd(result);
}

/** Undoes a submit that failed before its request was written. */
export function abandon(engine: Engine, operation: Operation, slot: number): void {
  engine.slots.held[slot] = undefined;
  engine.blocks.give(engine.slots, slot);
  release(engine, operation, slot);
  operation.state = IDLE;
}

function release(engine: Engine, operation: Operation, slot: number): void {
  const { slots, slabs } = engine;
  engine.descriptors.end(operation.fd, descriptorUse(slots.kinds[slot]!));
  const slab = slots.slabs[slot]!;
  if (slab !== NO_SLAB) {
    slabs.give(slab);
    slots.slabs[slot] = NO_SLAB;
  }
  slots.release(slot);
}
