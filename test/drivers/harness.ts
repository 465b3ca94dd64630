/** What the conformance tests are written with: operations that remember what they were told, and a driver under watch. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nodeTurn } from 'node:timers/promises';
import { CAPABILITIES, type Capabilities } from '../../src/drivers/capabilities.ts';
import { libc, pinned } from '../../src/ffi/libc.ts';
import { ffiUnavailable } from '../../src/ffi/load.ts';
import { localAddress, openConnector, openListener, startConnect } from '../../src/ffi/sockets.ts';
import type { Address } from '../../src/io/address.ts';
import type { Driver } from '../../src/io/driver.ts';
import * as io from '../../src/io/operation.ts';
import { assertNothingOpened, openDescriptors } from '../support/open-descriptors.ts';

export { assertNothingOpened, openDescriptors };

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
  readonly can: Capabilities;
  private readonly cleaners: (() => void)[] = [];
  private readonly operations: { operation: TestOperation; submits: number }[] = [];

  constructor(driver: Driver) {
    this.driver = driver;
    this.can = CAPABILITIES[driver.name];
  }

  /** Calls `clean` when the test is over. */
  after(clean: () => void): void {
    this.cleaners.push(clean);
  }

  finish(): void {
    this.driver.dispose();
    for (const clean of this.cleaners.splice(0)) clean();
  }

  /** Submits, and has the test fail if the operation does not end exactly once a submit. */
  submit<T extends TestOperation>(operation: T): T {
    this.driver.submit(operation);
    const known = this.operations.find((entry) => entry.operation === operation);
    if (known === undefined) this.operations.push({ operation, submits: 1 });
    else known.submits++;
    return operation;
  }

  async until(done: () => boolean, what: string): Promise<void> {
    for (let idle = 0; idle < PATIENCE_TIMES; ) {
      if (done()) return;
      if ((await this.wait()) === 0) idle++;
    }
    assert.fail(`gave up waiting for ${what}`);
  }

  /** Looks at the driver several times, with a turn of Node's loop behind each look where the driver lives of those. */
  async polls(times: number): Promise<void> {
    for (let i = 0; i < times; i++) {
      this.driver.poll();
      if (!this.can.blockingWait) await nodeTurn();
    }
  }

  /** Waits for completions and delivers them, where the driver itself cannot wait by giving the thread to Node. */
  async wait(): Promise<number> {
    const count = this.driver.wait(PATIENCE_MS);
    if (count > 0 || this.can.blockingWait) return count;
    await this.sleep();
    return this.driver.poll();
  }

  /** Gives the thread to Node until the driver calls for it, as the host does. */
  private async sleep(): Promise<void> {
    const { driver } = this;
    if (!driver.prepareSleep(PATIENCE_MS)) return;
    let patience: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      driver.onWake = () => setImmediate(resolve);
      patience = setTimeout(resolve, PATIENCE_MS);
    });
    clearTimeout(patience);
    driver.onWake = undefined;
  }

  /** Waits for the next end of `operation`, and returns its result. */
  async end(operation: TestOperation, what: string = operation.constructor.name): Promise<number> {
    const before = operation.ends.length;
    await this.until(() => operation.state === io.IDLE || operation.ends.length > before, `the end of ${what}`);
    assert.equal(operation.state, io.IDLE);
    return operation.ends.at(-1)!;
  }

  async listen(address: Address = LOOPBACK, options: Partial<io.ListenOptions> = {}): Promise<number> {
    const listen = this.submit(new TestListen(address, options));
    const fd = await this.end(listen);
    assert.ok(fd >= 0, `listen: ${fd}`);
    assert.equal(listen.fd, fd);
    return fd;
  }

  async connect(address: Address): Promise<number> {
    const connect = this.submit(new TestConnect(address));
    const fd = await this.end(connect);
    assert.ok(fd >= 0, `connect: ${fd}`);
    assert.equal(connect.fd, fd);
    return fd;
  }

  /** Two connected sockets; the listener is gone. */
  async pair(address: Address = LOOPBACK): Promise<{ client: number; server: number }> {
    const listener = await this.listen(address);
    const accept = this.submit(new TestAccept(listener));
    const client = await this.connect(this.driver.localAddress(listener));
    await this.until(() => accept.fds.length === 1, 'the connection');
    await this.stop(accept);
    this.driver.close(listener);
    return { client, server: accept.fds[0]! };
  }

  async pairs(count: number): Promise<{ client: number; server: number }[]> {
    const pairs: { client: number; server: number }[] = [];
    while (pairs.length < count) pairs.push(await this.pair());
    return pairs;
  }

  receive(fd: number): TestReceive {
    return this.submit(new TestReceive(fd));
  }

  send(fd: number, data: Uint8Array | string): TestSend {
    return this.submit(new TestSend(fd, data));
  }

  /** Cancels and waits for the end. */
  async stop(operation: TestOperation): Promise<number> {
    this.driver.cancel(operation);
    return await this.end(operation);
  }

  /** A blocked send: more than any socket buffer on loopback takes while the peer does not read. */
  async fill(fd: number): Promise<TestSend> {
    const send = this.send(fd, Buffer.alloc(64 * 1024 * 1024, 'f'));
    await this.polls(5);
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

/**
 * One conformance test: a new driver, the body, dispose; skipped where the driver lacks what it `needs`. Afterwards every operation has ended exactly once, and no
 * descriptor and no mapping is left.
 */
export function conform(
  name: string,
  factory: () => Driver,
  body: (rig: Rig) => Promise<void> | void,
  needs?: keyof Capabilities,
): void {
  test(name, async (t) => {
    const before = openDescriptors();
    const rig = new Rig(factory());
    if (needs !== undefined && !rig.can[needs]) {
      rig.driver.dispose();
      t.skip(`the driver on ${rig.driver.name} cannot: ${needs}`);
      return;
    }
    try {
      await body(rig);
    } catch (error) {
      if (!(error instanceof CannotRunError)) disposeAfter(rig, error);
      t.skip(error.message);
    }
    rig.finish();
    rig.assertAllEndedOnce();
    assertNothingOpened(before);
    const { inFlight, openSockets, mappedBytes } = rig.driver.stats;
    assert.deepEqual({ inFlight, openSockets, mappedBytes }, { inFlight: 0, openSockets: 0, mappedBytes: 0 });
  });
}

/** Throws `error`, the reason why the test fails, also when dispose fails in consequence. */
function disposeAfter(rig: Rig, error: unknown): never {
  try {
    rig.finish();
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

/** Thrown by a test that cannot run here; the message is the reason. */
class CannotRunError extends Error {}

/** For tests that call C functions themselves, of a driver that does not. */
export function needFfi(): void {
  const reason = ffiUnavailable();
  if (reason !== undefined) throw new CannotRunError(reason);
}

/** Where a listener that no driver knows leaves every connect waiting. Needs foreign functions, for the test alone. */
export function foreignFullListener(rig: Rig): Address {
  needFfi();
  const listener = openListener(LOOPBACK, { backlog: 0, reuseAddress: true, reusePort: false, v6Only: true });
  const address = localAddress(listener);
  const clients = Array.from({ length: 2 }, () => openConnector(address, undefined));
  for (const client of clients) startConnect(client, address);
  rig.after(() => closeForeign(listener, ...clients));
  return address;
}

export function closeForeign(...fds: number[]): void {
  for (const fd of fds) assert.equal(libc().close(fd), 0);
}

export function writeForeign(fd: number, text: string): void {
  const data = pinned(text.length);
  data.bytes.set(Buffer.from(text));
  assert.equal(libc().write(fd, data.address, text.length), text.length);
}
