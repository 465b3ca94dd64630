import { RuntimeError } from '../core/errors.ts';
import { checkBytes } from './check.ts';
import type { BufferedProtocol } from './protocol.ts';

/** A protocol of ours that uses up what it is lent before it returns: nothing is copied for it. */
export interface Borrower {
  _lent(data: Buffer): void;
}

/** The method that was called last: when `feedBuffered` throws, the one at fault. An empty buffer is getBuffer's. */
export let lastCalled: 'getBuffer' | 'bufferUpdated' = 'getBuffer';

/** Copies `data` into the protocol's own memory, in as many steps as its buffers need. */
export function feedBuffered(protocol: BufferedProtocol, data: Buffer): void {
  if ('_lent' in protocol) {
    (protocol as BufferedProtocol & Borrower)._lent(data);
    return;
  }
  for (let start = 0; start < data.length; ) {
    lastCalled = 'getBuffer';
    const target = protocol.getBuffer(data.length - start);
    checkBytes(target, 'getBuffer');
    if (target.length === 0) throw new RuntimeError('getBuffer returned an empty buffer');
    const count = Math.min(target.length, data.length - start);
    data.copy(target, 0, start, start + count);
    lastCalled = 'bufferUpdated';
    protocol.bufferUpdated(count);
    start += count;
  }
}
