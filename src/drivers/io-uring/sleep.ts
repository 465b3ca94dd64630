import { EFD_CLOEXEC, EFD_NONBLOCK } from '../../ffi/constants.ts';
import * as A from '../../ffi/io-uring-abi.ts';
import { ioUringRegister } from '../../ffi/io-uring-calls.ts';
import { libc, NULL, pinned } from '../../ffi/libc.ts';
import { highWord, lowWord } from '../../ffi/memory.ts';
import { osError } from '../../io/os-error.ts';
import { DEADLINE, type Engine, IGNORED } from './engine.ts';
import { PAGE_DEADLINE, PAGE_WAKE_COUNT } from './ring.ts';

/** A read that does not wait for the eventfd to be signalled when it is not. */
const RWF_NOWAIT = 8;
const COUNT_BYTES = 8;
const CAN_SILENCE = process.arch === 'x64';
const REMOVE_OPCODE = A.OP_TIMEOUT_REMOVE | A.SQE_FLAG_CQE_SKIP_SUCCESS;

/**
 * Gives the thread away and gets it back: an eventfd that the kernel signals when there is work for the ring, and one
 * timeout request for the deadline.
 *
 * The signals are switched off while the driver is awake, by a word of shared memory; so a busy driver pays nothing for
 * them and its watcher stays silent. That needs the kernel to write "there is work" before it reads "signals are off",
 * which its code guarantees only where the processor keeps that order; elsewhere the signals stay on.
 */
export class Sleep {
  readonly fd: number;
  asleep = false;
  private readonly engine: Engine;
  private readonly register: ReturnType<typeof pinned>;

  /** Throws OSError when the kernel refuses. */
  constructor(engine: Engine) {
    this.engine = engine;
    this.fd = libc().eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (this.fd < 0) throw osError(this.fd, 'eventfd');
    this.register = pinned(4);
    this.register.view.setInt32(0, this.fd, true);
    const result = ioUringRegister(engine.ring.fd, A.REGISTER_EVENTFD, this.register.address, 1);
    if (result < 0) {
      libc().close(this.fd);
      throw osError(result, 'io_uring_register');
    }
    if (CAN_SILENCE) engine.ring.setWakeUp(false);
  }

  /** False when there is work, so that nobody must sleep. */
  begin(timeoutMs: number | undefined): boolean {
    const { ring, deferred } = this.engine;
    if (deferred.length > 0 || ring.hasCompletions()) return false;
    if (timeoutMs !== undefined) this.arm(timeoutMs);
    if (!CAN_SILENCE) this.empty();
    if (ring.hasPending || ring.needsEnter()) ring.submit();
    // On first, then look: work that came before is seen here, work that comes after signals.
    ring.setWakeUp(true);
    if (ring.hasWorkAtomic()) {
      if (CAN_SILENCE) ring.setWakeUp(false);
      return false;
    }
    this.asleep = true;
    return true;
  }

  end(): void {
    this.asleep = false;
    if (CAN_SILENCE) this.engine.ring.setWakeUp(false);
    this.empty();
  }

  /** The eventfd is emptied by a request that goes with the next `enter`: no system call of its own. */
  private empty(): void {
    const { ring } = this.engine;
    const address = ring.page.address + PAGE_WAKE_COUNT;
    const opcode = A.OP_READ | A.SQE_FLAG_CQE_SKIP_SUCCESS;
    ring.push(opcode, this.fd, lowWord(address), highWord(address), COUNT_BYTES, RWF_NOWAIT, IGNORED, 0, 0, 0);
  }

  /**
   * A deadline that is armed already and earlier stays: at worst it wakes us once for nothing. So timeouts that are
   * moved on and on, as those of idle connections, cost nothing.
   */
  private arm(timeoutMs: number): void {
    const { engine } = this;
    const { ring } = engine;
    const wanted = performance.now() + timeoutMs;
    if (engine.deadline <= wanted) return;
    const armed = engine.deadline !== Number.POSITIVE_INFINITY;
    engine.deadline = wanted;
    ring.writeTimespec(PAGE_DEADLINE >> 2, timeoutMs);
    const address = ring.page.address + PAGE_DEADLINE;
    const low = lowWord(address);
    const high = highWord(address);
    if (armed) {
      // When it fired just now there is nothing to update, but then its completion is there and nobody sleeps.
      const position = ring.tail;
      ring.push(REMOVE_OPCODE, -1, DEADLINE, 0, 0, A.TIMEOUT_UPDATE, IGNORED, 0, low, 0);
      ring.setOffsetHigh(position, high);
    } else {
      ring.push(A.OP_TIMEOUT, -1, low, high, 1, 0, DEADLINE, 0, 0, 0);
    }
  }

  disarm(): void {
    const { engine } = this;
    if (engine.deadline === Number.POSITIVE_INFINITY) return;
    engine.deadline = Number.POSITIVE_INFINITY;
    engine.ring.push(REMOVE_OPCODE, -1, DEADLINE, 0, 0, 0, IGNORED, 0, 0, 0);
  }

  close(): void {
    ioUringRegister(this.engine.ring.fd, A.UNREGISTER_EVENTFD, NULL, 0);
    libc().close(this.fd);
  }
}
