import { addressOf, type Libc, libc, type Pointer } from '../ffi/libc.ts';
import { driverMemory } from '../io/memory.ts';
import type { Receive } from '../io/operation.ts';

/**
 * In bytes: a fast sender gives no more than this before the other connections have their turn. As in asyncio: with
 * 64 KiB the kernel works half as long again for a megabyte.
 */
export const RECEIVE_LENGTH = 256 * 1024;
/** In bytes: a piece that fills so much of the memory is not copied, but given away with it. */
const GIVEN_FROM = RECEIVE_LENGTH / 2;

/**
 * Receives by plain calls, into memory of its own. The kernel writes to it inside the call alone, so that it may be
 * collected, and given away.
 */
export class LongReceiver {
  private memory = driverMemory(new ArrayBuffer(RECEIVE_LENGTH));
  private address: Pointer = addressOf(this.memory);
  private readonly system: Libc = libc();

  /** Up to RECEIVE_LENGTH bytes. What `recv` returns; `deliver` comes next if that is more than 0. */
  receive(fd: number): number {
    return this.system.recv(fd, this.address, RECEIVE_LENGTH, 0);
  }

  /** Hands over the `count` bytes that have just come. */
  deliver(receive: Receive, count: number): void {
    if (count < GIVEN_FROM || !receive.takesMemory) receive.onData(this.memory, 0, count);
    else receive.onOwnData(this.give(count));
  }

  /** The memory with what has come; there is new memory for the next. */
  private give(count: number): Buffer {
    const given = this.memory;
    this.memory = driverMemory(Buffer.allocUnsafeSlow(RECEIVE_LENGTH).buffer as ArrayBuffer);
    this.address = addressOf(this.memory);
    return given.subarray(0, count);
  }
}
