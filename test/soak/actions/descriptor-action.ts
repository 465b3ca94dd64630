import assert from 'node:assert/strict';
import { CancelledError, type Coroutine, createTask, currentTask, getRunningLoop, Socket, sleep } from 'tsyncio';
import type { Random } from '../../differential/generate/random.ts';
import { randomLength } from '../exchange.ts';
import { Checker, stretch } from '../payload.ts';
import type { Action } from './action.ts';

/** A stretch through two sockets and the `sock…` methods; receives are cancelled now and then, and must lose nothing. */
export class DescriptorAction implements Action {
  readonly name = 'descriptors';

  *run(random: Random): Coroutine<number> {
    const loop = getRunningLoop();
    const offset = random.below(1_000_000);
    const length = randomLength(random, 500_000);
    const [near, far] = Socket.pair();
    const sending = createTask(send(near, offset, length));
    try {
      const checker = new Checker(offset);
      while (checker.received < length) {
        const receiving = createTask(loop.sockRecv(far, 1 + random.below(30_000)));
        if (random.chance(0.3)) {
          for (let turns = random.below(4); turns > 0; turns--) yield* sleep(0);
          receiving.cancel();
        }
        try {
          checker.take(yield* receiving);
        } catch (error) {
          // The receive's own, or one from outside that means us.
          if (!(error instanceof CancelledError) || currentTask()!.cancelling() > 0) throw error;
        }
      }
      yield* sending;
      assert.equal(checker.received, length);
      return length;
    } finally {
      sending.cancel();
      near.close();
      far.close();
    }
  }
}

function* send(socket: Socket, offset: number, length: number): Coroutine<void> {
  const loop = getRunningLoop();
  for (let sent = 0; sent < length; ) {
    const data = stretch(offset + sent, Math.min(40_000, length - sent));
    yield* loop.sockSendall(socket, data);
    sent += data.length;
  }
}
