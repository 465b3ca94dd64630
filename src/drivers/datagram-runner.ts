import { Datagrams } from '../ffi/datagrams.ts';
import { EAGAIN, EBADF, EINTR, ENOTSOCK } from '../io/errno.ts';
import { type ReceiveFrom, type SendTo, SUBMITTED } from '../io/operation.ts';

/** Datagrams taken from, or given to, one socket before the others have their turn. */
const LIMIT = 64;

/** What became of a run: the socket waits for the system, or has more to do at once, or the operation is over. */
export const BLOCKED = 0;
export const MORE = 1;
export const OVER = 2;
export type Outcome = typeof BLOCKED | typeof MORE | typeof OVER;

/** Carries out the datagram operations of a driver that knows when a socket is ready. */
export class DatagramRunner {
  /** Datagrams delivered or sent by the last run, and the calls that it took. */
  moved = 0;
  calls = 0;
  /** The result of the operation when the outcome is OVER. */
  result = 0;
  private datagrams: Datagrams | undefined = undefined;

  /** Delivers what is there. An error that `onDatagram` throws goes through; the operation can be run again. */
  receive(operation: ReceiveFrom): Outcome {
    this.datagrams ??= new Datagrams();
    const { datagrams } = this;
    this.moved = this.calls = 0;
    for (let i = 0; i < LIMIT && operation.state === SUBMITTED; i++) {
      this.calls++;
      const count = datagrams.receive(operation.fd);
      if (count === -EAGAIN) return BLOCKED;
      if (count === -EINTR) continue;
      if (isFatal(count)) return this.over(count);
      this.moved++;
      if (count >= 0) operation.onDatagram(datagrams.memory, 0, count, datagrams.from);
      else operation.onError(count);
    }
    return MORE;
  }

  /** Sends what is there. An error that `onSent` throws goes through; the operation can be run again. */
  send(operation: SendTo): Outcome {
    this.datagrams ??= new Datagrams();
    this.moved = this.calls = 0;
    for (let i = 0; i < LIMIT && operation.state === SUBMITTED; i++) {
      if (!operation.held && !operation.next()) return this.over(0);
      this.calls++;
      const count = this.datagrams.send(operation.fd, operation.data, operation.address);
      operation.held = count === -EAGAIN;
      if (operation.held) return BLOCKED;
      if (count === -EINTR) {
        operation.held = true;
        continue;
      }
      if (isFatal(count)) return this.over(count);
      this.moved++;
      operation.onSent(count);
    }
    return MORE;
  }

  private over(result: number): Outcome {
    this.result = result;
    return OVER;
  }
}

/** Errors of the descriptor itself, as no later datagram will fare better. */
function isFatal(result: number): boolean {
  return result === -EBADF || result === -ENOTSOCK;
}
