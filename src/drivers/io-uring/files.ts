/** Calls on files become requests, and their completions results. */
import * as A from '../../ffi/io-uring-abi.ts';
import { addressOf, type Pointer } from '../../ffi/libc.ts';
import { highWord, lowWord } from '../../ffi/memory.ts';
import { AT_EMPTY_PATH, AT_FDCWD, STATX_ALL, STATX_BYTES } from '../../ffi/statx.ts';
import { ECANCELED, EINTR, EINVAL, ENAMETOOLONG } from '../../io/errno.ts';
import {
  COPY_LIMIT,
  FILE,
  FILE_CLOSE,
  FILE_OPEN,
  FILE_READ,
  FILE_STAT,
  FILE_SYNC,
  FILE_TRUNCATE,
  FILE_WRITE,
  type FileCall,
  type Operation,
  SUBMITTED,
} from '../../io/operation.ts';
import type { Engine } from './engine.ts';
import { NO_SLAB } from './slot-table.ts';

const OPCODES: readonly number[] = [
  A.OP_OPENAT,
  A.OP_READ,
  A.OP_WRITE,
  A.OP_FSYNC,
  A.OP_FTRUNCATE,
  A.OP_STATX,
  A.OP_CLOSE,
];
/** In bytes: one request's length is 32 bits wide, and the kernel stops short of 2 GiB anyway. */
const LONGEST_REQUEST = 0x7fff_f000;

const encoder = new TextEncoder();

export function isClose(operation: Operation): boolean {
  return operation.kind === FILE && (operation as FileCall).call === FILE_CLOSE;
}

export function startFile(engine: Engine, file: FileCall, slot: number): void {
  const wrong = takeMemory(engine, file, slot);
  if (wrong < 0) {
    engine.defer(file, slot, wrong);
    return;
  }
  // Now: once the kernel has closed it the number may be that of a new socket before we hear of it.
  if (file.call === FILE_CLOSE) engine.descriptors.disown(file.fd);
  request(engine, file, slot);
}

/** Memory that the kernel reads and writes, and what it is to read. 0, or `-errno`. */
function takeMemory(engine: Engine, file: FileCall, slot: number): number {
  const { slots, slabs, blocks } = engine;
  const { call } = file;
  if (call === FILE_READ && file.length > COPY_LIMIT) {
    const block = blocks.take(file.length);
    slots.blocks[slot] = block;
    slots.addresses[slot] = block.mapping.address;
    return 0;
  }
  if (call === FILE_WRITE && file.data.length > COPY_LIMIT) {
    slots.held[slot] = file.data;
    slots.addresses[slot] = addressOf(file.data);
    return 0;
  }
  if (call === FILE_SYNC || call === FILE_TRUNCATE || call === FILE_CLOSE) return 0;
  const slab = slabs.take();
  slots.slabs[slot] = slab;
  slots.addresses[slot] = slabs.address(slab);
  if (call === FILE_WRITE) slabs.write(slab, 0, file.data);
  else if (call === FILE_OPEN) return writePath(file.path, slabs.bytes(slab));
  // The empty path of a stat lies behind its answer.
  else if (call === FILE_STAT) slabs.bytes(slab)[STATX_BYTES] = 0;
  return 0;
}

function writePath(path: string, bytes: Uint8Array): number {
  if (path.includes('\0')) return -EINVAL;
  const { read, written } = encoder.encodeInto(path, bytes);
  if (read < path.length || written === bytes.length) return -ENAMETOOLONG;
  bytes[written] = 0;
  return 0;
}

function request(engine: Engine, file: FileCall, slot: number): void {
  const { call, position } = file;
  const at = engine.slots.addresses[slot]!;
  if (call === FILE_OPEN) push(engine, file, slot, AT_FDCWD, at, file.mode, file.flags, 0);
  else if (call === FILE_READ) push(engine, file, slot, file.fd, at, file.length, 0, position);
  else if (call === FILE_WRITE) {
    push(engine, file, slot, file.fd, at, Math.min(file.data.length, LONGEST_REQUEST), 0, position);
  } else if (call === FILE_STAT) push(engine, file, slot, file.fd, at + STATX_BYTES, STATX_ALL, AT_EMPTY_PATH, at);
  else push(engine, file, slot, file.fd, 0, 0, 0, call === FILE_TRUNCATE ? position : 0);
}

function push(
  engine: Engine,
  file: FileCall,
  slot: number,
  fd: number,
  address: Pointer,
  length: number,
  flags: number,
  offset: number,
): void {
  const { ring, slots } = engine;
  const where = ring.tail;
  const generation = slots.generations[slot]!;
  const opcode = OPCODES[file.call]! | (file.patient ? A.SQE_FLAG_ASYNC : 0);
  ring.push(opcode, fd, lowWord(address), highWord(address), length, flags, slot, generation, lowWord(offset), 0);
  if (offset !== 0) ring.setOffsetHigh(where, highWord(offset));
}

/** True when the call was interrupted before it did anything, and is made once more. */
export function repeatFile(engine: Engine, file: FileCall, slot: number, result: number): boolean {
  // Linux has released the descriptor also when its close is interrupted.
  if (result !== -EINTR || file.state !== SUBMITTED || file.call === FILE_CLOSE) return false;
  request(engine, file, slot);
  return true;
}

/** Gives out what was read. */
export function fileData(engine: Engine, file: FileCall, slot: number, result: number): void {
  const { slots, slabs } = engine;
  const { call } = file;
  const length = call === FILE_READ ? result : call === FILE_STAT && result === 0 ? STATX_BYTES : 0;
  if (length <= 0) return;
  const block = slots.blocks[slot];
  if (block !== undefined) {
    file.onData(block.memory, 0, length);
  } else if (slots.slabs[slot] !== NO_SLAB) {
    const { buffer, byteOffset } = slabs.bytes(slots.slabs[slot]!);
    file.onData(Buffer.from(buffer as ArrayBuffer, byteOffset, COPY_LIMIT), 0, length);
  }
}

/** What the owner is told. */
export function fileResult(engine: Engine, file: FileCall, result: number): number {
  if (file.call === FILE_OPEN && result >= 0) engine.descriptors.adopt(result);
  if (result !== -EINTR) return result;
  return file.call === FILE_CLOSE ? 0 : -ECANCELED;
}
