import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asCompleted, createTask, ensureFuture, Future, gather, getRunningLoop, newEventLoop, sleep } from 'tsyncio';
import { newVirtualEventLoop, runVirtual } from 'tsyncio/testing';

const different = { name: 'RangeError', message: /belongs to a different loop/ };

test('who would wait for a future of another loop is told at once', () => {
  const other = newVirtualEventLoop();
  const foreign = other.createFuture<void>();
  runVirtual(function* () {
    assert.throws(() => gather([new Future<void>(), foreign]), different);
    assert.throws(() => gather([foreign, new Future<void>()]), different);
    assert.throws(() => gather([createTask(sleep(1)), foreign]), different);
    assert.throws(() => asCompleted([foreign]), different);
    assert.throws(() => ensureFuture(foreign, { loop: getRunningLoop() }), different);
    // With futures of that loop only, it is a future of that loop.
    assert.equal(gather([foreign]).getLoop(), other);
    yield* sleep(1);
  });
});

test('runUntilComplete refuses a future of another loop', async () => {
  const [loop, other] = [newEventLoop(), newEventLoop()];
  await assert.rejects(loop.runUntilComplete(other.createFuture<void>()), different);
  loop.close();
  other.close();
});
