import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  type AsyncCoroutineGenerator,
  asyncGenerator,
  type ExceptionContext,
  getRunningLoop,
  run,
  sleep,
  wrapFuture,
} from 'tsyncio';
import { runVirtual } from 'tsyncio/testing';

function logging(name: string, log: string[], cleanupMs = 0): AsyncCoroutineGenerator<string> {
  return asyncGenerator<string>(function* (emit) {
    try {
      yield* emit(name);
    } finally {
      yield* sleep(cleanupMs);
      log.push(`${name} closed at ${getRunningLoop().time()}`);
    }
  });
}

test('closes those that were started and left half-way, side by side', () => {
  runVirtual(function* () {
    const log: string[] = [];
    const [slow, quick, fresh, over] = [
      logging('slow', log, 20),
      logging('quick', log, 10),
      logging('fresh', log),
      logging('over', log),
    ];
    yield* slow!.next();
    yield* quick!.next();
    yield* over!.next();
    yield* over!.next();
    log.length = 0;
    yield* getRunningLoop().shutdownAsyncGens();
    assert.deepEqual(log, ['quick closed at 10', 'slow closed at 20']);
    assert.deepEqual(yield* slow!.next(), { value: undefined, done: true });
    assert.deepEqual(yield* fresh!.next(), { value: 'fresh', done: false });
    yield* fresh!.aclose();
  });
});

test('the end of a run closes them', () => {
  const log: string[] = [];
  runVirtual(function* () {
    yield* logging('forgotten', log, 5).next();
  });
  assert.deepEqual(log, ['forgotten closed at 5']);
});

test('what the cleanup throws goes to the exception handler, with the generator', () => {
  const contexts: ExceptionContext[] = [];
  let generator: AsyncCoroutineGenerator<unknown> | undefined;
  runVirtual(
    function* () {
      generator = asyncGenerator(function* broken(emit) {
        try {
          yield* emit(1);
        } finally {
          // biome-ignore lint/correctness/noUnsafeFinally: this is what is tested
          throw new Error('in cleanup');
        }
      });
      yield* generator.next();
    },
    { exceptionHandler: (_loop, context) => contexts.push(context) },
  );
  assert.equal(contexts.length, 1);
  assert.match(
    contexts[0]!.message,
    /^an error occurred during closing of asynchronous generator <async_generator broken>/,
  );
  assert.equal((contexts[0]!.exception as Error).message, 'in cleanup');
  assert.equal(contexts[0]!.asyncGenerator, generator);
});

test('one that ended is not remembered', () => {
  runVirtual(function* () {
    const { scheduler } = getRunningLoop();
    const generator = logging('a', []);
    yield* generator.next();
    assert.equal(scheduler.openGenerators.size, 1);
    yield* generator.next();
    assert.equal(scheduler.openGenerators.size, 0);
  });
});

test('one that nobody can reach any more is closed by the loop', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const log: string[] = [];
  await run(function* () {
    // In a function of its own, so that no slot of this frame keeps the generator.
    yield* (function* () {
      yield* logging('abandoned', log).next();
    })();
    // Finalizers run in a later macrotask than the collection.
    for (let i = 0; i < 50 && log.length === 0; i += 1) {
      collectGarbage();
      yield* wrapFuture(new Promise<void>((resolve) => void setImmediate(resolve)));
    }
    assert.equal(log.length, 1);
    assert.match(log[0]!, /^abandoned closed/);
    assert.equal(getRunningLoop().scheduler.openGenerators.size, 0);
  });
});
