/**
 * What happens to the others when one fails, when time is up, and how cleaning up may take its time.
 *
 *   npx tsyncio run examples/cancel-and-clean-up.ts
 */
import { asyncWith, type Coroutine, ExceptionGroup, shield, sleep, TaskGroup, TimeoutError, timeout } from 'tsyncio';

const A_LONG_TIME_MS = 60_000;

/** Works for a long time; puts its tools away in any case, and that takes a moment too. */
function* work(name: string): Coroutine<void> {
  try {
    console.log(`  ${name} starts`);
    yield* sleep(A_LONG_TIME_MS);
  } finally {
    console.log(`  ${name} is stopped, and puts the tools away`);
    yield* sleep(5);
    console.log(`  ${name} has put the tools away`);
  }
}

function* slip(): Coroutine<never> {
  yield* sleep(10);
  throw new RangeError('slipped on the wet floor');
}

function* signTheContract(): Coroutine<void> {
  yield* sleep(20);
  console.log('  the contract is signed, whatever happened meanwhile');
}

export function* main(): Coroutine<void> {
  console.log('One of a group fails: the others are cancelled, and the group waits until they have cleaned up.');
  try {
    yield* asyncWith(new TaskGroup(), function* (group) {
      group.createTask(work('Ann'));
      group.createTask(work('Bob'));
      group.createTask(slip());
    });
  } catch (error) {
    if (!(error instanceof ExceptionGroup)) throw error;
    for (const one of error.exceptions) console.log(`  caught: ${one}`);
  }

  console.log('Time is up: the body is cancelled, but what is shielded goes on.');
  try {
    yield* asyncWith(timeout(10), function* () {
      yield* shield(signTheContract());
    });
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error;
    console.log(`  caught: ${error}`);
  }
  yield* sleep(30);
  console.log('All tasks have ended, none was left behind.');
}
