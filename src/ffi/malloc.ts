import { bindRaw } from './libc.ts';

/** Parameters of glibc's mallopt. */
const M_TRIM_THRESHOLD = -1;
const M_MMAP_THRESHOLD = -3;
/** In bytes: so much free memory at the end of the heap is kept for what comes next. */
const KEPT = 64 * 1024 * 1024;
/** In bytes: shorter pieces come from the heap, not from the kernel each. The longest that drivers make have 256 KiB. */
const FROM_HEAP = 1024 * 1024;

/** Settings of whoever starts the program, which are to be left as they are. */
const SETTINGS = ['MALLOC_TRIM_THRESHOLD_', 'MALLOC_MMAP_THRESHOLD_', 'MALLOC_TOP_PAD_', 'GLIBC_TUNABLES'];

let done: boolean | undefined;

/**
 * Each piece of data has memory of its own, which the collector frees some thousands at a time. By default glibc gives 128 KiB of
 * free memory back to the kernel at once, and the next pieces pay for every page again: of 16 KiB pieces that took a
 * quarter to a half of the throughput. Told once for the process; true where glibc has taken it.
 */
export function keepFreedMemory(environment: NodeJS.ProcessEnv = process.env): boolean {
  if (SETTINGS.some((name) => environment[name] !== undefined)) return false;
  done ??= tell();
  return done;
}

function tell(): boolean {
  try {
    const set = bindRaw('int mallopt(int, int)');
    return set(M_TRIM_THRESHOLD, KEPT) === 1 && set(M_MMAP_THRESHOLD, FROM_HEAP) === 1;
  } catch {
    // Another library than glibc, which does not have it.
    return false;
  }
}
