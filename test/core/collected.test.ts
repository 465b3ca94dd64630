import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as macrotask } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  type AsyncCoroutineGenerator,
  asyncFor,
  asyncGenerator,
  type Coroutine,
  createTask,
  Future,
  newEventLoop,
  sleep,
  type Task,
} from 'tsyncio';
import { runVirtual } from 'tsyncio/testing';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const COUNT = 50;
/** The collector may keep what a register or a cache still points to. */
const MAY_REMAIN = 2;
/** Of the collector, until its callbacks have run. */
const MAX_ROUNDS = 50;

async function alive(references: readonly WeakRef<object>[]): Promise<number> {
  // Weak references made in a job hold their objects until it ends.
  for (let i = 0; i < 3; i++) {
    await macrotask();
    collect();
  }
  return references.filter((reference) => reference.deref() !== undefined).length;
}

function* failing(): Coroutine<void> {
  yield* sleep(0);
  throw new Error('no beer');
}

/** Runs a program whose exception handler leads to all that it keeps, as handlers of real programs do. */
function runKeeping(body: (keep: (object: object) => void) => Coroutine<void>): WeakRef<object>[] {
  const references: WeakRef<object>[] = [];
  const kept: object[] = [];
  runVirtual(
    () =>
      body((object) => {
        kept.push(object);
        references.push(new WeakRef(object));
      }),
    { exceptionHandler: () => void kept.length },
  );
  return references;
}

test('a task that failed is freed once its exception was retrieved', async () => {
  const references = runKeeping(function* (keep) {
    for (let i = 0; i < COUNT; i++) {
      const task = createTask(failing());
      keep(task);
      try {
        yield* task;
      } catch {
        // Retrieved.
      }
    }
  });
  assert.ok((await alive(references)) <= MAY_REMAIN);
});

test('a task that failed and was never asked is freed when its loop has reported it', async () => {
  const references = runKeeping(function* (keep) {
    for (let i = 0; i < COUNT; i++) keep(createTask(failing()));
    yield* sleep(1);
  });
  assert.ok((await alive(references)) <= MAY_REMAIN);
});

test('a failed future that nobody holds is freed and reported while its loop still runs', async () => {
  let reported = 0;
  const references: WeakRef<Task<void>>[] = [];
  let finish: Future<void> | undefined;
  const loop = newEventLoop();
  loop.setExceptionHandler(() => {
    reported += 1;
  });
  const running = loop.runUntilComplete(
    (function* (): Coroutine<void> {
      for (let i = 0; i < COUNT; i++) references.push(new WeakRef(createTask(failing())));
      finish = new Future<void>();
      yield* finish;
    })(),
  );
  for (let round = 0; round < MAX_ROUNDS && reported < COUNT - MAY_REMAIN; round++) {
    await macrotask();
    collect();
  }
  const whileRunning = reported;
  finish!.setResult();
  await running;
  loop.close();
  assert.ok(whileRunning >= COUNT - MAY_REMAIN, `${whileRunning} reported while the loop ran`);
  assert.equal(reported, COUNT);
});

test('an asynchronous generator that has ended is freed, though its body could reach it', async () => {
  const references = runKeeping(function* (keep) {
    for (let i = 0; i < COUNT; i++) {
      const letters: object = asyncGenerator<string>(function* (emit) {
        yield* emit(letters === undefined ? 'a' : 'b');
      });
      keep(letters);
      yield* asyncFor(letters as AsyncCoroutineGenerator<string>, function* () {});
    }
  });
  assert.ok((await alive(references)) <= MAY_REMAIN);
});
