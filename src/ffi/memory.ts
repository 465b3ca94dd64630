/** Memory outside JavaScript's heap: the kernel may write to it at any time, and nothing moves or frees it but us. */
import { bindChecked, bindRaw, type Pointer } from './libc.ts';
import { loadFfi } from './load.ts';

const PROT_READ = 1;
const PROT_WRITE = 2;
const MAP_SHARED = 0x01;
const MAP_PRIVATE = 0x02;
const MAP_ANONYMOUS = 0x20;
const MAP_POPULATE = 0x8000;
/** Children of a fork must not share rings and buffers with us: their copy on write would move our pages. */
const MADV_DONTFORK = 10;

/** 2^32, to split an address in two words without BigInt. */
const WORD = 0x1_0000_0000;

type MemoryCalls = {
  mmap: (address: number, length: number, protection: number, flags: number, fd: number, offset: number) => number;
  munmap: (address: number, length: number) => number;
  madvise: (address: number, length: number, advice: number) => number;
};
let calls: MemoryCalls | undefined;

function memoryCalls(): MemoryCalls {
  calls ??= {
    mmap: bindChecked('intptr mmap(intptr, intptr, int, int, int, intptr)') as MemoryCalls['mmap'],
    munmap: bindRaw('int munmap(intptr, intptr)') as MemoryCalls['munmap'],
    madvise: bindRaw('int madvise(intptr, intptr, int)') as MemoryCalls['madvise'],
  };
  return calls;
}

/** A stretch of mapped memory. After `release` every view of it is deadly: drop them before. */
export interface Mapping {
  readonly address: Pointer;
  readonly length: number;
  /** Empty after `release`, so that not even printing the object touches what is unmapped. */
  buffer: ArrayBuffer;
  release(): void;
}

/** Zeroed private memory. Throws Error when the system refuses. */
export function mapMemory(length: number): Mapping {
  return map(length, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

/** Memory shared with the kernel object behind `fd`, e.g. the rings of io_uring. Throws Error when refused. */
export function mapShared(fd: number, length: number, offset: number): Mapping {
  return map(length, MAP_SHARED | MAP_POPULATE, fd, offset);
}

function map(length: number, flags: number, fd: number, offset: number): Mapping {
  const { mmap, munmap, madvise } = memoryCalls();
  const address = mmap(0, length, PROT_READ | PROT_WRITE, flags, fd, offset);
  if (address < 0) throw new Error(`mmap of ${length} bytes failed with errno ${-address}`);
  madvise(address, length, MADV_DONTFORK);
  let mapped = true;
  return {
    address,
    length,
    buffer: loadFfi().view(BigInt(address), length),
    release() {
      if (!mapped) return;
      mapped = false;
      this.buffer = new ArrayBuffer(0);
      munmap(address, length);
    },
  };
}

/** The low word of an address, as a signed 32-bit number for an `Int32Array`. */
export function lowWord(address: Pointer): number {
  return address | 0;
}

/** The high word of an address. (`|` works modulo 2^32, also for numbers beyond it.) */
export function highWord(address: Pointer): number {
  return Math.floor(address / WORD) | 0;
}
