import * as A from '../../ffi/io-uring-abi.ts';
import { ioUringSetup } from '../../ffi/io-uring-calls.ts';
import { libc, pinned } from '../../ffi/libc.ts';
import { type Mapping, mapShared } from '../../ffi/memory.ts';
import { ENOTSUP } from '../../io/errno.ts';
import { osError } from '../../io/os-error.ts';

/**
 * SUBMIT_ALL: one bad request does not hold up those behind it. DEFER_TASKRUN (with SINGLE_ISSUER, which it needs): the
 * kernel does its part of the work, and writes to the rings, only inside our own `enter`; TASKRUN_FLAG: a word of shared
 * memory says that there is such work. Compared with COOP_TASKRUN in docs/design/drivers.md.
 */
const SETUP_FLAGS =
  A.SETUP_CQSIZE |
  A.SETUP_CLAMP |
  A.SETUP_SUBMIT_ALL |
  A.SETUP_SINGLE_ISSUER |
  A.SETUP_DEFER_TASKRUN |
  A.SETUP_TASKRUN_FLAG;

const NEEDED_FEATURES = A.FEAT_SINGLE_MMAP | A.FEAT_NODROP | A.FEAT_EXT_ARG | A.FEAT_CQE_SKIP;

/** A fresh ring in memory: `…At` are indexes of words in `rings`. */
export interface RingLayout {
  readonly fd: number;
  readonly entries: number;
  readonly completionEntries: number;
  /** These two are empty after `release`. */
  rings: Int32Array;
  sqes: Int32Array;
  readonly sqHeadAt: number;
  readonly sqTailAt: number;
  readonly sqFlagsAt: number;
  readonly cqHeadAt: number;
  readonly cqTailAt: number;
  readonly cqFlagsAt: number;
  readonly completionsAt: number;
  readonly mappedBytes: number;
  release(): void;
}

/** Makes a ring and maps its memory. Throws OSError when the kernel refuses. */
export function mapRing(entries: number, completionEntries: number): RingLayout {
  const memory = pinned(A.PARAMS_BYTES);
  const params = new Int32Array(memory.bytes.buffer);
  params[A.PARAMS_FLAGS] = SETUP_FLAGS;
  params[A.PARAMS_CQ_ENTRIES] = completionEntries;
  const fd = ioUringSetup(entries, memory.address);
  if (fd < 0) throw osError(fd, 'io_uring_setup');
  const mappings: Mapping[] = [];
  try {
    if ((params[A.PARAMS_FEATURES]! & NEEDED_FEATURES) !== NEEDED_FEATURES) throw osError(-ENOTSUP, 'io_uring_setup');
    const bytes = Math.max(
      params[A.PARAMS_SQ_ARRAY]! + params[A.PARAMS_SQ_ENTRIES]! * Int32Array.BYTES_PER_ELEMENT,
      params[A.PARAMS_CQ_CQES]! + params[A.PARAMS_CQ_ENTRIES]! * A.CQE_BYTES,
    );
    mappings.push(mapShared(fd, bytes, A.MMAP_RINGS));
    mappings.push(mapShared(fd, params[A.PARAMS_SQ_ENTRIES]! * A.SQE_BYTES, A.MMAP_SQES));
    return layout(fd, params, mappings[0]!, mappings[1]!);
  } catch (error) {
    for (const mapping of mappings) mapping.release();
    libc().close(fd);
    throw error;
  }
}

function layout(fd: number, params: Int32Array, ringMemory: Mapping, sqeMemory: Mapping): RingLayout {
  const entries = params[A.PARAMS_SQ_ENTRIES]!;
  const rings = new Int32Array(ringMemory.buffer, 0, ringMemory.length >> 2);
  // SQE i has place i in the queue, once for all: the index exists for programs that fill SQEs out of order.
  const array = params[A.PARAMS_SQ_ARRAY]! >> 2;
  for (let i = 0; i < entries; i++) rings[array + i] = i;
  return {
    fd,
    entries,
    completionEntries: params[A.PARAMS_CQ_ENTRIES]!,
    rings,
    sqes: new Int32Array(sqeMemory.buffer),
    sqHeadAt: params[A.PARAMS_SQ_HEAD]! >> 2,
    sqTailAt: params[A.PARAMS_SQ_TAIL]! >> 2,
    sqFlagsAt: params[A.PARAMS_SQ_FLAGS]! >> 2,
    cqHeadAt: params[A.PARAMS_CQ_HEAD]! >> 2,
    cqTailAt: params[A.PARAMS_CQ_TAIL]! >> 2,
    cqFlagsAt: params[A.PARAMS_CQ_FLAGS]! >> 2,
    completionsAt: params[A.PARAMS_CQ_CQES]! >> 2,
    mappedBytes: ringMemory.length + sqeMemory.length,
    release() {
      this.rings = this.sqes = new Int32Array(0);
      ringMemory.release();
      sqeMemory.release();
    },
  };
}
