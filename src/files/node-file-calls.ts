import type { Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Coroutine } from '../core/coroutine.ts';
import type { Scheduler } from '../core/scheduler.ts';
import { wrapFuture } from '../core/wrap-future.ts';
import type { Arrived, FileCalls } from './file-calls.ts';
import { fileError } from './file-error.ts';
import { Pending } from './pending.ts';

/** In bytes. */
const LARGEST_READ = 16 * 1024 * 1024;

/** By Node's thread pool, whose calls cannot be stopped. */
export class NodeFileCalls implements FileCalls {
  readonly path: string;
  readonly seekable: boolean;
  readonly stoppable = false;
  readonly size: number;
  readonly largestRead = LARGEST_READ;
  readonly #scheduler: Scheduler;
  readonly #handle: FileHandle;

  constructor(scheduler: Scheduler, handle: FileHandle, path: string, stats: Stats) {
    this.path = path;
    this.seekable = stats.isFile() || stats.isBlockDevice();
    this.size = stats.size;
    this.#scheduler = scheduler;
    this.#handle = handle;
  }

  get fd(): number {
    return this.#handle.fd;
  }

  read(length: number, position: number, arrived: Arrived): Pending<number> {
    // Never the caller's memory: a read whose caller was cancelled goes on.
    const memory = Buffer.allocUnsafeSlow(length);
    return this.#of('read', this.#handle.read(memory, 0, length, where(position)), ({ bytesRead }) => {
      arrived(memory, 0, bytesRead, true);
      return bytesRead;
    });
  }

  write(data: Uint8Array, position: number): Pending<number> {
    return this.#of(
      'write',
      this.#handle.write(data, 0, data.length, where(position)),
      ({ bytesWritten }) => bytesWritten,
    );
  }

  sync(): Pending<number> {
    return this.#of('fsync', this.#handle.sync(), () => 0);
  }

  truncate(size: number): Pending<number> {
    return this.#of('ftruncate', this.#handle.truncate(size), () => 0);
  }

  stat(): Pending<Stats> {
    return this.#of('fstat', this.#handle.stat(), (stats) => stats);
  }

  endOfAppended(): Pending<number> {
    return this.#of('fstat', this.#handle.stat(), ({ size }) => size);
  }

  /** Node itself closes it when all else is over. */
  close(): Pending<number> {
    return this.#of('close', this.#handle.close(), () => 0);
  }

  #of<T, R>(called: string, promise: Promise<T>, result: (value: T) => R): Pending<R> {
    const pending = new Pending<R>(this.#scheduler);
    promise.then(
      (value) => pending.resolve(result(value)),
      (error: unknown) => pending.reject(fileError(error, this.path, called)),
    );
    return pending;
  }
}

function where(position: number): number | null {
  return position < 0 ? null : position;
}

/** A cancel leaves nothing open. */
export function* openByNode(
  scheduler: Scheduler,
  path: string,
  flags: string,
  mode: number | undefined,
): Coroutine<FileCalls> {
  const opening = open(path, flags, mode);
  try {
    const handle = yield* wrapFuture(opening, { loop: scheduler });
    const stats = yield* wrapFuture(handle.stat(), { loop: scheduler });
    return new NodeFileCalls(scheduler, handle, path, stats);
  } catch (error) {
    // Also after a cancel: it is closed as soon as it is open.
    opening.then((opened) => opened.close()).catch(() => {});
    throw fileError(error, path, 'open');
  }
}
