import type { Stats } from 'node:fs';
import type { StatxFields } from '../ffi/statx.ts';

const KIND = 0o170000;

/** What Node's `fs.Stats` tells, whose constructor is not for others. */
export class FileStats implements Stats {
  readonly dev: number;
  readonly mode: number;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  readonly rdev: number;
  readonly blksize: number;
  readonly ino: number;
  readonly size: number;
  readonly blocks: number;
  readonly atimeMs: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly birthtimeMs: number;

  constructor(fields: StatxFields) {
    this.dev = fields.dev;
    this.mode = fields.mode;
    this.nlink = fields.nlink;
    this.uid = fields.uid;
    this.gid = fields.gid;
    this.rdev = fields.rdev;
    this.blksize = fields.blksize;
    this.ino = fields.ino;
    this.size = fields.size;
    this.blocks = fields.blocks;
    this.atimeMs = fields.atimeMs;
    this.mtimeMs = fields.mtimeMs;
    this.ctimeMs = fields.ctimeMs;
    this.birthtimeMs = fields.birthtimeMs;
  }

  get atime(): Date {
    return date(this.atimeMs);
  }

  get mtime(): Date {
    return date(this.mtimeMs);
  }

  get ctime(): Date {
    return date(this.ctimeMs);
  }

  get birthtime(): Date {
    return date(this.birthtimeMs);
  }

  isFile(): boolean {
    return isFile(this.mode);
  }

  isDirectory(): boolean {
    return (this.mode & KIND) === 0o040000;
  }

  isBlockDevice(): boolean {
    return isBlockDevice(this.mode);
  }

  isCharacterDevice(): boolean {
    return (this.mode & KIND) === 0o020000;
  }

  isSymbolicLink(): boolean {
    return (this.mode & KIND) === 0o120000;
  }

  isFIFO(): boolean {
    return isFifo(this.mode);
  }

  isSocket(): boolean {
    return (this.mode & KIND) === 0o140000;
  }
}

/** Rounded as Node rounds. */
function date(ms: number): Date {
  return new Date(Math.round(ms));
}

export function isFile(mode: number): boolean {
  return (mode & KIND) === 0o100000;
}

export function isBlockDevice(mode: number): boolean {
  return (mode & KIND) === 0o060000;
}

export function isFifo(mode: number): boolean {
  return (mode & KIND) === 0o010000;
}
