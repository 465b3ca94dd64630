import assert from 'node:assert/strict';
import { type Coroutine, createSubprocessExec, PIPE } from 'tsyncio';
import type { Random } from '../../differential/generate/random.ts';
import { randomLength } from '../exchange.ts';
import { Checker, stretch } from '../payload.ts';
import type { Action } from './action.ts';

/** A stretch through a process. */
export class SubprocessAction implements Action {
  readonly name = 'subprocess';

  *run(random: Random): Coroutine<number> {
    const offset = random.below(1_000_000);
    const input = stretch(offset, randomLength(random, 200_000));
    const process = yield* createSubprocessExec('cat', [], { stdin: PIPE, stdout: PIPE });
    try {
      const [output] = yield* process.communicate(input);
      const checker = new Checker(offset);
      checker.take(output!);
      assert.equal(checker.received, input.length);
      assert.equal(yield* process.wait(), 0);
    } finally {
      if (process.returncode === undefined) process.kill();
      yield* process.wait();
    }
    return input.length;
  }
}
