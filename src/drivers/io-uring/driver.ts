import { RuntimeError } from '../../core/errors.ts';
import { descriptorCalls } from '../../ffi/descriptor-calls.ts';
import * as A from '../../ffi/io-uring-abi.ts';
import * as sockets from '../../ffi/sockets.ts';
import type { Address } from '../../io/address.ts';
import type { DescriptorCalls } from '../../io/descriptor-calls.ts';
import type { Driver, DriverStats, ShutdownHow, SocketOption } from '../../io/driver.ts';
import { CANCELLING, IDLE, type Operation, type Send, SUBMITTED } from '../../io/operation.ts';
import { cancelRequest } from './arm.ts';
import { complete, completeDeferred } from './complete.ts';
import { descriptorUse } from './descriptor-table.ts';
import { DEFAULT_OPTIONS, DEFERRED, Engine, type EngineOptions } from './engine.ts';
import { isClose } from './files.ts';
import { abandon } from './finish.ts';
import { Sleep } from './sleep.ts';
import { appendToSend, start } from './start.ts';

/** In ms, between two looks while `dispose` waits for the last completions. */
const DRAIN_WAIT = 100;

/** The proactor: operations are requests to Linux's io_uring, and one system call hands over and collects many. */
export class IoUringDriver implements Driver {
  readonly name = 'io_uring';
  readonly timed = true;
  readonly files = true;
  readonly readyFd: number;
  onWake: (() => void) | undefined = undefined;

  /** The driver's inside, for its tests. */
  readonly engine: Engine;
  private readonly sleep: Sleep;
  private polls = 0;
  private delivering = false;
  private closing = false;
  private ending = false;
  private closed = false;

  /** Throws OSError when the kernel refuses; ask `probeIoUring` before. */
  constructor(options: Partial<EngineOptions> = {}) {
    this.engine = new Engine({ ...DEFAULT_OPTIONS, ...options });
    try {
      this.sleep = new Sleep(this.engine);
    } catch (error) {
      this.engine.close();
      throw error;
    }
    this.readyFd = this.sleep.fd;
  }

  submit(operation: Operation): void {
    if (operation.state !== IDLE) throw new RuntimeError('the operation is in flight already');
    if (this.closing) throw new RuntimeError('the driver is closed');
    const engine = this.engine;
    const kind = operation.kind;
    if (!engine.descriptors.begin(operation.fd, descriptorUse(kind))) {
      throw new RuntimeError(`an operation of this kind is in flight on descriptor ${operation.fd}`);
    }
    const slot = engine.slots.take(operation, kind);
    operation.state = SUBMITTED;
    try {
      start(engine, operation, slot);
    } catch (error) {
      // Out of memory, or the kernel refuses a full queue: as if it had not been submitted.
      abandon(engine, operation, slot);
      throw error;
    }
  }

  append(send: Send, data: Uint8Array): boolean {
    return send.state === SUBMITTED && appendToSend(this.engine, send.slot, data);
  }

  cancel(operation: Operation): void {
    if (operation.state !== SUBMITTED || isClose(operation)) return;
    operation.state = CANCELLING;
    if (operation.mark === DEFERRED) return;
    cancelRequest(this.engine, operation.slot);
  }

  flush(): void {
    if (!this.closed && this.engine.ring.hasPending) this.engine.ring.submit();
  }

  poll(): number {
    if (!this.checkAwake()) return 0;
    if (this.sleep.asleep) this.sleep.end();
    const { ring } = this.engine;
    if (ring.hasPending || ring.needsEnter()) ring.submit();
    return this.deliver();
  }

  wait(timeoutMs: number): number {
    if (!this.checkAwake()) return 0;
    if (this.sleep.asleep) this.sleep.end();
    const { ring, deferred } = this.engine;
    if (timeoutMs > 0 && deferred.length === 0 && !ring.hasCompletions()) ring.submitAndWait(timeoutMs);
    else if (ring.hasPending || ring.needsEnter()) ring.submit();
    return this.deliver();
  }

  prepareSleep(timeoutMs: number | undefined): boolean {
    return this.checkAwake() && this.sleep.begin(timeoutMs);
  }

  localAddress(fd: number): Address {
    return sockets.localAddress(fd);
  }

  peerAddress(fd: number): Address {
    return sockets.peerAddress(fd);
  }

  setOption(fd: number, option: SocketOption, value: number): void {
    sockets.setOption(fd, option, value);
  }

  shutdown(fd: number, how: ShutdownHow): void {
    sockets.shutdown(fd, how);
  }

  get descriptors(): DescriptorCalls {
    return descriptorCalls();
  }

  adopt(fd: number): void {
    this.engine.descriptors.adopt(fd);
  }

  close(fd: number): void {
    this.checkIdle(fd);
    this.engine.descriptors.disown(fd);
    sockets.close(fd);
  }

  reset(fd: number): void {
    this.checkIdle(fd);
    sockets.lingerZero(fd);
    this.close(fd);
  }

  /** The ring itself, for questions to the kernel. */
  get ringFd(): number {
    return this.engine.ring.fd;
  }

  get stats(): DriverStats {
    const { slots, descriptors, completions, ring, mappedBytes } = this.engine;
    return {
      inFlight: slots.used,
      openSockets: descriptors.owned,
      polls: this.polls,
      completions,
      syscalls: ring.syscalls,
      mappedBytes,
    };
  }

  /** From inside a callback: as soon as the completions of this poll are delivered, whose memory must last until then. */
  dispose(): void {
    if (this.closing) return;
    this.closing = true;
    if (!this.delivering) this.end();
  }

  private end(): void {
    const { engine } = this;
    this.ending = true;
    const errors: unknown[] = [];
    for (const operation of [...engine.slots.operations]) if (operation !== undefined) this.cancel(operation);
    this.sleep.disarm();
    // A kernel that still works for us may write to our memory: without end if need be, never unmap too early.
    while (engine.slots.used > 0) {
      try {
        this.wait(DRAIN_WAIT);
      } catch (error) {
        errors.push(error);
      }
    }
    this.closed = true;
    for (const fd of engine.descriptors.all()) {
      engine.descriptors.disown(fd);
      sockets.close(fd);
    }
    this.sleep.close();
    engine.close();
    if (errors.length > 0) throw errors[0];
  }

  /** Delivers the completions that are there; those that come meanwhile are for the next time. */
  private deliver(): number {
    const { engine } = this;
    const { ring } = engine;
    const before = engine.completions;
    this.polls++;
    this.delivering = true;
    try {
      if (engine.deferred.length > 0) this.deliverDeferred();
      if (ring.spilled.length > 0) this.deliverSpilled();
      const rings = ring.rings;
      const tail = ring.completionTail();
      // By difference, not equality: a callback that fills the submission queue may move the head on.
      while (((tail - ring.head) | 0) > 0) {
        const at = ring.completionsAt + (ring.head & ring.completionMask) * A.CQE_WORDS;
        ring.head = (ring.head + 1) | 0;
        const result = rings[at + A.CQE_RESULT]!;
        complete(
          engine,
          rings[at + A.CQE_USER_DATA]!,
          rings[at + A.CQE_USER_DATA + 1]!,
          result,
          rings[at + A.CQE_FLAGS]!,
        );
      }
    } finally {
      this.delivering = false;
      ring.publishHead();
      engine.buffers.publish();
      if (this.closing && !this.ending) this.end();
    }
    return engine.completions - before;
  }

  private deliverDeferred(): void {
    const { deferred } = this.engine;
    for (let count = deferred.length / 2; count > 0; count--) {
      const [slot, result] = deferred.splice(0, 2) as [number, number];
      completeDeferred(this.engine, slot, result);
    }
  }

  private deliverSpilled(): void {
    const { spilled } = this.engine.ring;
    for (let count = spilled.length / A.CQE_WORDS; count > 0; count--) {
      const [slot, generation, result, flags] = spilled.splice(0, A.CQE_WORDS) as [number, number, number, number];
      complete(this.engine, slot, generation, result, flags);
    }
  }

  /** False when the driver is closed. Throws RuntimeError inside a callback: completions must keep their order. */
  private checkAwake(): boolean {
    if (this.delivering) throw new RuntimeError('not from inside a callback of the driver');
    return !this.closed;
  }

  private checkIdle(fd: number): void {
    if (this.engine.descriptors.isBusy(fd)) throw new RuntimeError(`an operation is in flight on descriptor ${fd}`);
  }
}
