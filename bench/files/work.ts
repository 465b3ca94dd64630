/** What is done, the same for all. */
export const LARGE = 256 * 1024 * 1024;
export const FILES = 10_000;
export const SMALL_BYTES = 4096;
export const AT_ONCE = 32;
export const RANDOM_READS = 50_000;
export const RANDOM_BYTES = 4096;
export const PIECE_BYTES = 64 * 1024;
export const WRITE_PIECES = 2_000;

export interface Figures {
  /** In the unit of the job, a second. */
  readonly rate: number;
  readonly cpuMs: number;
}

export interface Job {
  readonly title: string;
  readonly unit: string;
  /** Units that one call does. */
  readonly amount: number;
}

const MIB = 1024 * 1024;
export const JOBS: Readonly<Record<string, Job>> = {
  pieces: { title: '256 MiB, in pieces of 64 KiB into one buffer', unit: 'MiB/s', amount: LARGE / MIB },
  whole: { title: '256 MiB, read at once', unit: 'MiB/s', amount: LARGE / MIB },
  small: { title: '10,000 files of 4 KiB: open, read, close, 32 at once', unit: 'files/s', amount: FILES },
  'small-one': {
    title: '10,000 files of 4 KiB: open, read, close, one after the other',
    unit: 'files/s',
    amount: FILES,
  },
  random: { title: '50,000 reads of 4 KiB at random, 32 at once', unit: 'reads/s', amount: RANDOM_READS },
  write: { title: '125 MiB written in pieces of 64 KiB', unit: 'MiB/s', amount: (WRITE_PIECES * PIECE_BYTES) / MIB },
};

/** Places of the random reads, the same for all. */
export function* places(): Generator<number> {
  let seed = 12_345;
  for (let i = 0; i < RANDOM_READS; i++) {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    yield (seed % (LARGE / RANDOM_BYTES)) * RANDOM_BYTES;
  }
}

export function check(bytes: number, expected: number): void {
  if (bytes !== expected) throw new Error(`${bytes} bytes instead of ${expected}`);
}
