/** What the conformance tests are written with: operations that remember what they were told, and a driver under watch. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { libc, pinned } from '../../src/ffi/libc.ts';
import type { Address } from '../../src/io/address.ts';
import type { Driver } from '../../src/io/driver.ts';
import * as io from '../../src/io/operation.ts';

export class TestReceive extends io.Receive {
  readonly pieces: Buffer[] = [];
  readonly ends: number[] = [];
  onMore: (() => void) | undefined;
  onOver: (() => void) | undefined;
  constructor(fd: number) {
    super();
    this.fd = fd;
  }
  get data(): Buffer {
    return Buffer.concat(this.pieces);
  }
  get length(): number {
    return this.pieces.reduce((sum, piece) => sum + piece.length, 0);
  }
  onData(memory: Buffer, start: number, end: number): void {
    assert.ok(end > start, 'a piece is never empty');
    assert.deepEqual(this.ends, [], 'no data after the end');
    this.pieces.push(Buffer.from(memory.subarray(start, end)));
    this.onMore?.();
  }
  onEnd(result: number): void {
    this.ends.push(result);
    this.onOver?.();
  }
}

export class TestSend extends io.Send {
  readonly ends: number[] = [];
  onOver: (() => void) | undefined;
  constructor(fd: number, data: Uint8Array | string) {
    super();
    this.fd = fd;
    this.data = typeof data === 'string' ? Buffer.from(data) : data;
  }
  onEnd(result: number): void {
    this.ends.push(result);
    this.onOver?.();
  }
}

export class TestAccept extends io.Accept {
  readonly fds: number[] = [];
  readonly ends: number[] = [];
  onMore: ((fd: number) => void) | undefined;
  constructor(fd: number) {
    super();
    this.fd = fd;
  }
  onConnection(fd: number): void {
    assert.deepEqual(this.ends, [], 'no connection after the end');
    this.fds.push(fd);
    this.onMore?.(fd);
  }
  onEnd(result: number): void {
    this.ends.push(result);
  }
}

export class TestConnect extends io.Connect {
  readonly ends: number[] = [];
  constructor(address: Address, localAddress?: Address) {
    super();
    this.address = address;
    this.localAddress = localAddress;
  }
  onEnd(result: number): void {
    this.ends.push(result);
  }
}

export class TestListen extends io.Listen {
  readonly ends: number[] = [];
  constructor(address: Address, options: Partial<io.ListenOptions> = {}) {
    super();
    this.address = address;
    this.options = { backlog: 1024, reuseAddress: true, reusePort: false, v6Only: true, ...options };
  }
  onEnd(result: number): void {
    this.ends.push(result);
  }
}

export class TestPoll extends io.Poll {
  readonly ends: number[] = [];
  constructor(fd: number, events: number) {
    super();
    this.fd = fd;
    this.events = events;
  }
  onEnd(result: number): void {
    this.ends.push(result);
  }
}

type TestOperation = io.Operation & { readonly ends: readonly number[] };

/** In ms and times: a test that waits for something that does not come fails after about 10 s. */
const PATIENCE_MS = 20;
const PATIENCE_TIMES = 500;

export const LOOPBACK: Address = { family: 4, host: '127.0.0.1', port: 0 };

/** A driver with the steps that most tests begin with. All waiting is for a condition, never for time to pass. */
export class Rig {
  readonly driver: Driver;
  private readonly operations: { operation: TestOperation; submits: number }[] = [];

  constructor(driver: Driver) {
    this.driver = driver;
  }

  /** Submits, and has the test fail if the operation does not end exactly once a submit. */
  submit<T extends TestOperation>(operation: T): T {
    this.driver.submit(operation);
    const known = this.operations.find((entry) => entry.operation === operation);
    if (known === undefined) this.operations.push({ operation, submits: 1 });
    else known.submits++;
    return operation;
  }

  until(done: () => boolean, what: string): void {
    for (let idle = 0; idle < PATIENCE_TIMES; ) {
      if (done()) return;
      if (this.driver.wait(PATIENCE_MS) === 0) idle++;
    }
    assert.fail(`gave up waiting for ${what}`);
  }

  /** Waits for the next end of `operation`, and returns its result. */
  end(operation: TestOperation, what: string = operation.constructor.name): number {
    const before = operation.ends.length;
    this.until(() => operation.state === io.IDLE || operation.ends.length > before, `the end of ${what}`);
    assert.equal(operation.state, io.IDLE);
    return operation.ends.at(-1)!;
  }

  listen(address: Address = LOOPBACK, options: Partial<io.ListenOptions> = {}): number {
    const listen = this.submit(new TestListen(address, options));
    const fd = this.end(listen);
    assert.ok(fd >= 0, `listen: ${fd}`);
    assert.equal(listen.fd, fd);
    return fd;
  }

  connect(address: Address): number {
    const connect = this.submit(new TestConnect(address));
    const fd = this.end(connect);
    assert.ok(fd >= 0, `connect: ${fd}`);
    assert.equal(connect.fd, fd);
    return fd;
  }

  /** Two connected sockets; the listener is gone. */
  pair(address: Address = LOOPBACK): { client: number; server: number } {
    const listener = this.listen(address);
    const accept = this.submit(new TestAccept(listener));
    const client = this.connect(this.driver.localAddress(listener));
    this.until(() => accept.fds.length === 1, 'the connection');
    this.stop(accept);
    this.driver.close(listener);
    return { client, server: accept.fds[0]! };
  }

  receive(fd: number): TestReceive {
    return this.submit(new TestReceive(fd));
  }

  send(fd: number, data: Uint8Array | string): TestSend {
    return this.submit(new TestSend(fd, data));
  }

  /** Cancels and waits for the end. */
  stop(operation: TestOperation): number {
    this.driver.cancel(operation);
    return this.end(operation);
  }

  /** A blocked send: more than any socket buffer on loopback takes while the peer does not read. */
  fill(fd: number): TestSend {
    const send = this.send(fd, Buffer.alloc(64 * 1024 * 1024, 'f'));
    for (let i = 0; i < 5; i++) this.driver.poll();
    assert.deepEqual(send.ends, [], 'the send is blocked');
    return send;
  }

  assertAllEndedOnce(): void {
    for (const { operation, submits } of this.operations) {
      assert.equal(operation.ends.length, submits, `ends of ${operation.constructor.name} on fd ${operation.fd}`);
      assert.equal(operation.state, io.IDLE);
    }
  }
}

export function openDescriptors(): string[] {
  return readdirSync('/proc/self/fd');
}

/**
 * One conformance test: a new driver, the body, dispose. Afterwards every operation has ended exactly once, and no
 * descriptor and no mapping is left.
 */
export function conform(name: string, factory: () => Driver, body: (rig: Rig) => void): void {
  test(name, () => {
    const before = openDescriptors();
    const rig = new Rig(factory());
    try {
      body(rig);
    } catch (error) {
      disposeAfter(rig.driver, error);
    }
    rig.driver.dispose();
    rig.assertAllEndedOnce();
    assert.deepEqual(openDescriptors(), before, 'open descriptors');
    const { inFlight, openSockets, mappedBytes } = rig.driver.stats;
    assert.deepEqual({ inFlight, openSockets, mappedBytes }, { inFlight: 0, openSockets: 0, mappedBytes: 0 });
  });
}

/** Throws `error`, the reason why the test fails, also when dispose fails in consequence. */
function disposeAfter(driver: Driver, error: unknown): never {
  try {
    driver.dispose();
  } catch (second) {
    throw new AggregateError([error, second], `${error}; then dispose: ${second}`);
  }
  throw error;
}

/** Bytes whose place can be told: a lost, doubled or exchanged piece shows. */
export function pattern(length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  for (let i = 0; i < length; i++) bytes[i] = (i + (i >> 8) * 7 + (i >> 16) * 13) & 0xff;
  return bytes;
}

/** Whether `fd` is readable, after waiting up to `timeoutMs`: how another event loop would see it. */
export function isReadable(fd: number, timeoutMs: number): boolean {
  const entry = pinned(8);
  entry.view.setInt32(0, fd, true);
  entry.view.setInt16(4, 1, true);
  const count = libc().poll(entry.address, 1, timeoutMs);
  assert.ok(count >= 0);
  return count === 1;
}

/** Two connected unix sockets that no driver knows. */
export function foreignPair(): [number, number] {
  const pair = pinned(8);
  const SOCK_STREAM_NONBLOCK = 0o4001;
  assert.equal(libc().socketpair(1, SOCK_STREAM_NONBLOCK, 0, pair.address), 0);
  return [pair.view.getInt32(0, true), pair.view.getInt32(4, true)];
}

export function closeForeign(...fds: number[]): void {
  for (const fd of fds) assert.equal(libc().close(fd), 0);
}

export function writeForeign(fd: number, text: string): void {
  const data = pinned(text.length);
  data.bytes.set(Buffer.from(text));
  assert.equal(libc().write(fd, data.address, text.length), text.length);
}
