import { RuntimeError } from '../../../src/core/errors.ts';
import type { Address } from '../../../src/io/address.ts';
import type { DescriptorCalls } from '../../../src/io/descriptor-calls.ts';
import type { Driver, DriverName, DriverStats, ShutdownHow, SocketOption } from '../../../src/io/driver.ts';
import * as errno from '../../../src/io/errno.ts';
import * as io from '../../../src/io/operation.ts';
import { osError } from '../../../src/io/os-error.ts';
import { Deliveries } from './deliveries.ts';
import type { FaultPlan } from './plan.ts';
import { makeStandIn, type Stage, type StandIn } from './stand-ins.ts';

const CONNECT_ERRORS = [errno.ECONNREFUSED, errno.ETIMEDOUT, errno.ENETUNREACH, errno.EMFILE, errno.ECONNRESET];
const RECEIVE_ERRORS = [errno.ECONNRESET, errno.ETIMEDOUT, errno.EHOSTUNREACH];
const SEND_ERRORS = [errno.EPIPE, errno.ECONNRESET, errno.ENOBUFS];
const ACCEPT_ERRORS = [errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.ECONNABORTED];
/** In bytes received or sent until the connection breaks. */
const LATEST_BREAK = 100_000;
/** In bytes: a system takes so little whole or not at all, and only what is whole can be appended to. */
const SHORT_SEND = 64;
const NEVER = Number.POSITIVE_INFINITY;

/**
 * A driver that makes another one's life look harder than it is: pieces, delays, another order, refused appends, and
 * errors at every stage of a connection, by a plan. It keeps the contract of `io/driver.ts` in all that.
 */
export class FaultyDriver implements Driver {
  readonly name: DriverName;
  readonly readyFd: number | undefined;
  readonly timed: boolean;
  /** Errors made up so far, by what failed. */
  readonly faults = new Map<string, number>();
  readonly #inner: Driver;
  readonly #plan: FaultPlan;
  readonly #standIns = new Map<io.Operation, StandIn>();
  readonly #poisoned = new Set<number>();
  readonly #deliveries: Deliveries;
  readonly #stage: Stage;
  #delivering = false;
  #disposed = false;

  constructor(inner: Driver, plan: FaultPlan) {
    this.name = inner.name;
    this.readyFd = inner.readyFd;
    this.timed = inner.timed;
    this.#inner = inner;
    this.#plan = plan;
    this.#deliveries = new Deliveries(plan, (operation, result) => this.#conclude(operation, result));
    this.#stage = {
      deliveries: this.#deliveries,
      cancelInner: (operation) => inner.cancel(operation),
      submitInner: (operation) => inner.submit(operation),
      poison: (fd) => this.#poison(fd),
      splitReceived: (length) => this.#split(length),
      splitSent: (length) => (length > SHORT_SEND ? this.#split(length) : length),
    };
  }

  get onWake(): (() => void) | undefined {
    return this.#inner.onWake;
  }

  set onWake(wake: (() => void) | undefined) {
    this.#inner.onWake = wake;
  }

  submit(operation: io.Operation): void {
    if (operation.state !== io.IDLE) throw new RuntimeError('the operation is in flight already');
    if (this.#disposed) throw new RuntimeError('the driver is closed');
    const { kind, fd } = operation;
    const many = kind === io.POLL || kind === io.CONNECT || kind === io.LISTEN || kind === io.OPEN_DATAGRAM;
    if (!many && this.#find(fd, kind) !== undefined) throw new RuntimeError(`in flight already on ${fd}`);
    const [failAfter, failure] = this.#fate(operation);
    const standIn = makeStandIn(this.#stage, operation, failAfter, failure);
    standIn.inner.fd = fd;
    this.#standIns.set(operation, standIn);
    operation.state = io.SUBMITTED;
    // Some fail before they are begun.
    if (failAfter === 0) {
      if (kind === io.RECEIVE || kind === io.SEND) this.#poison(fd);
      this.#deliveries.end(operation, failure);
      return;
    }
    try {
      this.#inner.submit(standIn.inner);
    } catch (error) {
      operation.state = io.IDLE;
      this.#standIns.delete(operation);
      throw error;
    }
    if (kind === io.CONNECT && failure !== 0) standIn.failure = failure;
    if (kind === io.ACCEPT && failure !== 0) {
      standIn.failure = failure;
      this.#inner.cancel(standIn.inner);
    }
  }

  append(send: io.Send, data: Uint8Array): boolean {
    const standIn = this.#standIns.get(send);
    const { random, odds } = this.#plan;
    if (standIn === undefined || standIn.inner.state !== io.SUBMITTED || random.chance(odds.refuseAppend)) return false;
    const inner = standIn.inner as io.Send;
    // Only when it was handed over whole: else the bytes would get into its middle.
    if (send.state !== io.SUBMITTED || inner.data!.length !== send.data!.length) return false;
    return this.#inner.append(inner, data);
  }

  cancel(operation: io.Operation): void {
    if (operation.state !== io.SUBMITTED) return;
    operation.state = io.CANCELLING;
    const standIn = this.#standIns.get(operation)!;
    if (standIn.inner.state === io.SUBMITTED) this.#inner.cancel(standIn.inner);
  }

  flush(): void {
    this.#inner.flush();
  }

  poll(): number {
    this.#checkAwake();
    this.#inner.poll();
    return this.#deliver();
  }

  wait(timeoutMs: number): number {
    this.#checkAwake();
    if (this.#deliveries.empty) this.#inner.wait(timeoutMs);
    // What is kept back is something to wait for, and comes after some polls.
    for (;;) {
      const count = this.poll();
      if (count > 0 || this.#deliveries.empty) return count;
    }
  }

  prepareSleep(timeoutMs: number | undefined): boolean {
    if (!this.#deliveries.empty || this.#plan.random.chance(this.#plan.odds.insomnia)) return false;
    return this.#inner.prepareSleep(timeoutMs);
  }

  localAddress(fd: number): Address {
    return this.#inner.localAddress(fd);
  }

  peerAddress(fd: number): Address {
    return this.#inner.peerAddress(fd);
  }

  setOption(fd: number, option: SocketOption, value: number): void {
    this.#inner.setOption(fd, option, value);
  }

  shutdown(fd: number, how: ShutdownHow): void {
    if (this.#plan.random.chance(this.#plan.odds.shutdown)) {
      this.#note('shutdown');
      this.#poison(fd);
    }
    if (this.#poisoned.has(fd)) throw osError(-errno.ENOTCONN, 'shutdown');
    this.#inner.shutdown(fd, how);
  }

  close(fd: number): void {
    this.#checkIdle(fd);
    // The peer of a broken connection is to notice.
    if (this.#poisoned.delete(fd)) this.#inner.reset(fd);
    else this.#inner.close(fd);
  }

  reset(fd: number): void {
    this.#checkIdle(fd);
    this.#poisoned.delete(fd);
    this.#inner.reset(fd);
  }

  get descriptors(): DescriptorCalls | undefined {
    return this.#inner.descriptors;
  }

  adopt(fd: number): void {
    this.#inner.adopt?.(fd);
  }

  get stats(): DriverStats {
    return { ...this.#inner.stats, inFlight: this.#standIns.size };
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#deliveries.hurried = true;
    // In a callback: as soon as this poll is over.
    if (!this.#delivering) this.#end();
  }

  #end(): void {
    const errors: unknown[] = [];
    const attempt = (step: () => void): void => {
      try {
        step();
      } catch (error) {
        errors.push(error);
      }
    };
    const deliverAll = (): void => {
      while (!this.#deliveries.empty) attempt(() => this.#deliveries.run());
    };
    for (const operation of this.#standIns.keys()) this.cancel(operation);
    deliverAll();
    this.#deliveries.direct = true;
    attempt(() => this.#inner.dispose());
    if (errors.length > 0) throw errors[0];
  }

  #deliver(): number {
    this.#delivering = true;
    try {
      return this.#deliveries.run();
    } finally {
      this.#delivering = false;
      if (this.#disposed) this.#end();
    }
  }

  #conclude(operation: io.Operation, result: number): void {
    const standIn = this.#standIns.get(operation)!;
    this.#standIns.delete(operation);
    operation.state = io.IDLE;
    const { kind } = operation;
    if (kind === io.CONNECT || kind === io.LISTEN || kind === io.OPEN_DATAGRAM) operation.fd = Math.max(result, -1);
    if (kind === io.CONNECT && result >= 0 && standIn.failure !== undefined) {
      this.#inner.reset(result);
      operation.fd = -1;
      result = standIn.failure;
    }
    operation.onEnd(result);
  }

  /** After how many bytes (0: at once) it is to fail, and with what. */
  #fate(operation: io.Operation): readonly [failAfter: number, failure: number] {
    const { random, odds } = this.#plan;
    const { kind, fd } = operation;
    const stream = kind === io.RECEIVE || kind === io.SEND;
    if (stream && this.#poisoned.has(fd)) return [0, kind === io.SEND ? -errno.EPIPE : -errno.ECONNRESET];
    const some = [0, 1 + random.below(random.below(LATEST_BREAK) + 1)];
    if (kind === io.RECEIVE && random.chance(odds.receive)) {
      return [random.pick(some), -random.pick(RECEIVE_ERRORS) + this.#note('receive')];
    }
    if (kind === io.SEND && random.chance(odds.send)) {
      // Not behind the last byte: then it would have succeeded.
      const latest = (operation as io.Send).data!.length - 1;
      return [Math.min(random.pick(some), latest), -random.pick(SEND_ERRORS) + this.#note('send')];
    }
    if (kind === io.CONNECT && random.chance(odds.connect)) {
      return [random.pick([0, NEVER]), -random.pick(CONNECT_ERRORS) + this.#note('connect')];
    }
    if (kind === io.ACCEPT && random.chance(odds.accept)) {
      return [NEVER, -random.pick(ACCEPT_ERRORS) + this.#note('accept')];
    }
    return [NEVER, 0];
  }

  #note(what: string): 0 {
    this.faults.set(what, (this.faults.get(what) ?? 0) + 1);
    return 0;
  }

  #poison(fd: number): void {
    if (this.#poisoned.has(fd)) return;
    this.#poisoned.add(fd);
    for (const standIn of this.#standIns.values()) {
      const { outer, inner } = standIn;
      if (outer.fd !== fd || inner.state !== io.SUBMITTED || standIn.failure !== undefined) continue;
      standIn.failure = outer.kind === io.SEND ? -errno.EPIPE : -errno.ECONNRESET;
      this.#inner.cancel(inner);
    }
  }

  #split(length: number): number {
    const { random, odds } = this.#plan;
    return random.chance(odds.split) ? 1 + random.below(length) : length;
  }

  #find(fd: number, kind: number | undefined): StandIn | undefined {
    if (fd < 0) return undefined;
    for (const standIn of this.#standIns.values()) {
      if (standIn.outer.fd === fd && (kind === undefined || standIn.outer.kind === kind)) return standIn;
    }
    return undefined;
  }

  #checkIdle(fd: number): void {
    if (this.#find(fd, undefined) !== undefined) throw new RuntimeError(`an operation is in flight on ${fd}`);
  }

  #checkAwake(): void {
    if (this.#delivering) throw new RuntimeError('not from inside a callback of the driver');
  }
}
