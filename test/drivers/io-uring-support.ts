import { readFileSync } from 'node:fs';
import { IoUringDriver } from '../../src/drivers/io-uring/driver.ts';
import type { EngineOptions } from '../../src/drivers/io-uring/engine.ts';
import { probeIoUring } from '../../src/drivers/io-uring/probe.ts';
import { AF_UNIX, SOCK_CLOEXEC, SOCK_STREAM } from '../../src/ffi/constants.ts';
import { addressOf, libc, pinned } from '../../src/ffi/libc.ts';
import { Accept, Connect, Listen, Poll, Receive, Send } from '../../src/io/operation.ts';
import { openDescriptors as allDescriptors } from '../support/open-descriptors.ts';

const found = probeIoUring();
/** For `test(name, options, …)`: why io_uring cannot be tested here. */
export const needsIoUring = { skip: found.ok ? false : found.reason };

/** Operations that write down what they are told. */
export class Received extends Receive {
  pieces: Buffer[] = [];
  ends: number[] = [];
  constructor(fd: number) {
    super();
    this.fd = fd;
  }
  get bytes(): Buffer {
    return Buffer.concat(this.pieces);
  }
  override onData(memory: Buffer, start: number, end: number): void {
    this.pieces.push(Buffer.from(memory.subarray(start, end)));
  }
  override onEnd(result: number): void {
    this.ends.push(result);
  }
}

export class Sent extends Send {
  ends: number[] = [];
  constructor(fd: number, data: Uint8Array) {
    super();
    this.fd = fd;
    this.data = data;
  }
  override onEnd(result: number): void {
    this.ends.push(result);
  }
}

export class Polled extends Poll {
  ends: number[] = [];
  constructor(fd: number, events: number) {
    super();
    this.fd = fd;
    this.events = events;
  }
  override onEnd(result: number): void {
    this.ends.push(result);
  }
}

export class Accepted extends Accept {
  fds: number[] = [];
  ends: number[] = [];
  constructor(fd: number) {
    super();
    this.fd = fd;
  }
  override onConnection(fd: number): void {
    this.fds.push(fd);
  }
  override onEnd(result: number): void {
    this.ends.push(result);
  }
}

export class Connected extends Connect {
  ends: number[] = [];
  override onEnd(result: number): void {
    this.ends.push(result);
  }
}

export class Listened extends Listen {
  ends: number[] = [];
  override onEnd(result: number): void {
    this.ends.push(result);
  }
}

/** Lets the driver work until `done`. The waits end with each completion; a hang ends with the test's own time limit. */
export function until(driver: IoUringDriver, done: () => boolean): void {
  while (!done()) driver.wait(1000);
}

export interface Peer {
  readonly near: number;
  readonly far: number;
  /** Writes to the far end; the number of bytes taken, or -errno. */
  write(data: Uint8Array): number;
  read(into: Uint8Array): number;
  close(): void;
}

export function socketPair(extraFlags = 0): Peer {
  const pair = pinned(8);
  const result = libc().socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | extraFlags, 0, pair.address);
  if (result < 0) throw new Error(`socketpair: ${result}`);
  const near = pair.view.getInt32(0, true);
  const far = pair.view.getInt32(4, true);
  let open = true;
  return {
    near,
    far,
    write: (data) => libc().write(far, addressOf(data), data.length),
    read: (into) => libc().read(far, addressOf(into), into.length),
    close() {
      if (!open) return;
      open = false;
      libc().close(near);
      libc().close(far);
    },
  };
}

/** Runs `body` with a driver and pairs of sockets that are gone afterwards, whatever happens. */
export function withDriver(
  options: Partial<EngineOptions>,
  body: (driver: IoUringDriver, pair: (flags?: number) => Peer) => void,
): void {
  const driver = new IoUringDriver(options);
  const pairs: Peer[] = [];
  try {
    body(driver, (flags) => {
      const pair = socketPair(flags);
      pairs.push(pair);
      return pair;
    });
  } finally {
    driver.dispose();
    for (const pair of pairs) pair.close();
  }
}

/** Bytes that differ from their neighbours, near and far: a lost or doubled piece cannot look right. */
export function pattern(length: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(length);
  for (let i = 0; i < length; i++) bytes[i] = (i * 31 + (i >> 8) * 17 + (i >> 16) * 7) & 0xff;
  return bytes;
}

/** How many sockets, rings and the like are open. Files are Node's own: its loader opens and closes them meanwhile. */
export const openDescriptors = (): number => allDescriptors().filter((one) => /:/.test(one)).length;

/** Mappings that belong to a ring (the kernel names those itself). */
export const ringMappings = (): number =>
  readFileSync('/proc/self/maps', 'utf8').split('anon_inode:[io_uring]').length - 1;
