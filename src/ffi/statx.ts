/** What the system knows of a file: `struct statx`, which is the same on every architecture. */
import type { Stats } from 'node:fs';
import { libc, type Pinned, type Pointer, pinned } from './libc.ts';

export const STATX_BYTES = 256;
/** Everything that `stat` tells, and the time of birth. */
export const STATX_ALL = 0xfff;
/** Take the descriptor itself: the path is empty. */
export const AT_EMPTY_PATH = 0x1000;
/** Paths are relative to the working directory. */
export const AT_FDCWD = -100;

/** What is in memory will do: the question never waits for a disk or another machine. */
const AT_STATX_DONT_SYNC = 0x4000;
const STATX_TYPE_AND_SIZE = 0x201;
/** Of the system call: x64 has numbers of its own. */
const NR_STATX = process.arch === 'x64' ? 332 : 291;

const NLINK = 16;
const UID = 20;
const GID = 24;
const MODE = 28;
const INO = 32;
const SIZE = 40;
const BLOCKS = 48;
const BLKSIZE = 4;
const ATIME = 64;
const BTIME = 80;
const CTIME = 96;
const MTIME = 112;
const RDEV = 128;
const DEV = 136;

const MS_PER_SECOND = 1000;
const NS_PER_MS = 1e6;

/** The numbers of `fs.Stats`. */
export type StatxFields = {
  readonly [K in keyof Stats as Stats[K] extends number ? K : never]: number;
};

export function decodeStatx(view: DataView): StatxFields {
  const long = (at: number): number => Number(view.getBigUint64(at, true));
  const time = (at: number): number =>
    Number(view.getBigInt64(at, true)) * MS_PER_SECOND + view.getUint32(at + 8, true) / NS_PER_MS;
  const device = (at: number): number => deviceNumber(view.getUint32(at, true), view.getUint32(at + 4, true));
  return {
    dev: device(DEV),
    mode: view.getUint16(MODE, true),
    nlink: view.getUint32(NLINK, true),
    uid: view.getUint32(UID, true),
    gid: view.getUint32(GID, true),
    rdev: device(RDEV),
    blksize: view.getUint32(BLKSIZE, true),
    ino: long(INO),
    size: long(SIZE),
    blocks: long(BLOCKS),
    atimeMs: time(ATIME),
    mtimeMs: time(MTIME),
    ctimeMs: time(CTIME),
    birthtimeMs: time(BTIME),
  };
}

/** As the C library packs the two parts: the lower 12 bits of the major number lie between those of the minor one. */
function deviceNumber(major: number, minor: number): number {
  return (major & 0xfff) * 0x100 + (minor & 0xff) + Math.floor(minor / 0x100) * 0x10_0000;
}

let memory: Pinned | undefined;

/** Kind and size of an open file, from the system's memory. Undefined when it does not tell. */
export function statNow(fd: number): { readonly mode: number; readonly size: number } | undefined {
  memory ??= pinned(STATX_BYTES + 1);
  const { address, view } = memory;
  const flags = AT_EMPTY_PATH | AT_STATX_DONT_SYNC;
  const emptyPath: Pointer = address + STATX_BYTES;
  const result = libc().syscall(NR_STATX, fd, emptyPath, flags, STATX_TYPE_AND_SIZE, address, 0);
  if (result < 0) return undefined;
  return { mode: view.getUint16(MODE, true), size: Number(view.getBigUint64(SIZE, true)) };
}
