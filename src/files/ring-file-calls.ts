import { ftruncate, type Stats } from 'node:fs';
import { SEEK_CUR } from '../ffi/constants.ts';
import { libc } from '../ffi/libc.ts';
import { decodeStatx } from '../ffi/statx.ts';
import { ECANCELED, EINVAL } from '../io/errno.ts';
import {
  FILE_CLOSE,
  FILE_READ,
  FILE_STAT,
  FILE_SYNC,
  FILE_TRUNCATE,
  FILE_WRITE,
  FileCall,
  LARGEST_READ,
} from '../io/operation.ts';
import type { Network } from '../net/network.ts';
import { type Arrived, type FileCalls, STOPPED } from './file-calls.ts';
import { FileError, fileError } from './file-error.ts';
import { FileStats, isBlockDevice, isFile } from './file-stats.ts';
import { Pending } from './pending.ts';

/** A call on its way; its result is a Pending's. */
export class Call extends FileCall {
  /** Set at once by who makes it. */
  pending!: Pending<number>;
  private readonly arrived: Arrived | undefined;
  private readonly ended: (result: number) => void;

  constructor(call: number, fd: number, ended: (result: number) => void, arrived?: Arrived) {
    super();
    this.call = call;
    this.fd = fd;
    this.ended = ended;
    this.arrived = arrived;
  }

  override onData(memory: Buffer, start: number, end: number): void {
    this.arrived?.(memory, start, end, false);
  }

  override onEnd(result: number): void {
    this.ended(result);
  }
}

/** By io_uring, without threads of ours or Node's. */
export class RingFileCalls implements FileCalls {
  readonly path: string;
  readonly fd: number;
  readonly seekable: boolean;
  readonly stoppable = true;
  readonly size: number;
  readonly largestRead = LARGEST_READ;
  readonly #network: Network;
  readonly #running = new Set<Call>();
  #closing: Pending<number> | undefined = undefined;

  constructor(network: Network, fd: number, path: string, mode: number, size: number) {
    this.#network = network;
    this.fd = fd;
    this.path = path;
    this.seekable = isFile(mode) || isBlockDevice(mode);
    this.size = size;
  }

  read(length: number, position: number, arrived: Arrived): Pending<number> {
    const call = this.#call(FILE_READ, 'read', arrived);
    call.length = Math.min(length, LARGEST_READ);
    call.position = position;
    return this.#start(call);
  }

  write(data: Uint8Array, position: number): Pending<number> {
    const call = this.#call(FILE_WRITE, 'write');
    call.data = data;
    call.position = position;
    return this.#start(call);
  }

  sync(): Pending<number> {
    return this.#start(this.#call(FILE_SYNC, 'fsync'));
  }

  truncate(size: number): Pending<number> {
    const call = this.#call(FILE_TRUNCATE, 'ftruncate');
    call.position = size;
    return this.#start(call);
  }

  stat(): Pending<Stats> {
    const found = new Pending<Stats>(this.#network.scheduler);
    const call = new Call(
      FILE_STAT,
      this.fd,
      (result) => {
        this.#ended(call);
        if (result < 0) found.reject(new FileError(result, 'fstat', this.path));
      },
      (memory, start, end) => {
        const view = new DataView(memory.buffer, memory.byteOffset + start, end - start);
        found.resolve(new FileStats(decodeStatx(view)));
      },
    );
    this.#submit(call);
    return found;
  }

  /** A call that never waits: it asks for a number that the system has at hand. */
  endOfAppended(): Pending<number> {
    const pending = new Pending<number>(this.#network.scheduler);
    const result = libc().lseek(this.fd, 0, SEEK_CUR);
    if (result < 0) pending.reject(new FileError(result, 'lseek', this.path));
    else pending.resolve(result);
    return pending;
  }

  close(): Pending<number> {
    this.#closing = new Pending<number>(this.#network.scheduler);
    if (!this.seekable) for (const { pending } of this.#running) pending.cancel();
    this.#closeWhenIdle();
    return this.#closing;
  }

  #call(what: number, syscall: string, arrived?: Arrived): Call {
    const ended = (result: number): void => {
      this.#ended(call);
      if (result >= 0) call.pending.resolve(result);
      else if (result === -ECANCELED) call.pending.resolve(STOPPED);
      else if (result === -EINVAL && what === FILE_TRUNCATE) this.#truncateByNode(call);
      else call.pending.reject(new FileError(result, syscall, this.path));
    };
    const call = new Call(what, this.fd, ended, arrived);
    const { driver, scheduler } = this.#network;
    call.pending = new Pending<number>(scheduler, () => driver.cancel(call));
    return call;
  }

  #start(call: Call): Pending<number> {
    this.#submit(call);
    return call.pending;
  }

  #submit(call: Call): void {
    this.#network.driver.submit(call);
    this.#running.add(call);
  }

  #ended(call: Call): void {
    this.#running.delete(call);
    this.#closeWhenIdle();
  }

  #closeWhenIdle(): void {
    const closing = this.#closing;
    const { scheduler, driver } = this.#network;
    // When the loop ends the driver closes what is open.
    if (closing === undefined || this.#running.size > 0 || scheduler.closed) return;
    const call = new Call(FILE_CLOSE, this.fd, (result) => {
      if (result < 0) closing.reject(new FileError(result, 'close', this.path));
      else closing.resolve(result);
    });
    driver.submit(call);
  }

  /** Before Linux 6.9 io_uring cannot do it; and EINVAL may mean other things, which Node then says. */
  #truncateByNode(call: Call): void {
    this.#running.add(call);
    ftruncate(this.fd, call.position, (error) => {
      if (error === null) call.pending.resolve(0);
      else call.pending.reject(fileError(error, this.path, 'ftruncate'));
      this.#ended(call);
    });
  }
}
