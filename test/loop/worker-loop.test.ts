/** A loop in a worker thread, on each driver; several of them; one that is terminated in the middle of traffic. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { type Coroutine, loopHandle, sleep, wrapFuture } from 'tsyncio';
import type { DriverName } from '../../src/io/driver.ts';
import { closeServer, closeWriter, connect, echo, onEachDriver, serve } from '../net/drivers.ts';

const url = JSON.stringify(new URL('../fixtures/worker-loop.ts', import.meta.url).href);
const loader = JSON.stringify(import.meta.resolve('tsx/esm/api'));
/** Node 20 gives workers no loader of TypeScript: they register it themselves. */
const SCRIPT = `(async () => { (await import(${loader})).register(); await import(${url}); })();`;

function start(io: DriverName, what: string, port?: import('node:worker_threads').MessagePort): Worker {
  const workerData = { io, what, ...(port ? { port } : {}) };
  return new Worker(SCRIPT, { eval: true, workerData, ...(port ? { transferList: [port] } : {}) });
}

/** What the worker sends at its end. Rejects with its error. */
async function resultOf(worker: Worker): Promise<unknown> {
  const ended = once(worker, 'exit');
  const [result] = await once(worker, 'message');
  assert.deepEqual(await ended, [0]);
  return result;
}

onEachDriver((on) => {
  const { io } = on;

  test('in a worker: echo, TLS, timers, a subprocess', async () => {
    assert.equal(await resultOf(start(io, 'everything')), 'done');
  });

  test('two workers at once, and a loop in the main thread beside them', () =>
    on.run(function* () {
      const workers = Promise.all([1, 2].map(() => resultOf(start(io, 'echo'))));
      const server = yield* serve(echo);
      const [reader, writer] = yield* connect(server);
      for (let i = 0; i < 100; i++) {
        writer.write(Buffer.from('main'));
        assert.equal(String(yield* reader.readExactly(4)), 'main');
      }
      assert.deepEqual(yield* wrapFuture(workers), ['done', 'done']);
      yield* closeWriter(writer);
      yield* closeServer(server);
    }));

  test('terminated in the middle of traffic: the process goes on, and so do other loops', () =>
    on.run(function* () {
      for (let i = 0; i < 2; i++) {
        const worker = start(io, 'endless');
        yield* wrapFuture(once(worker, 'message'));
        const code = yield* wrapFuture(worker.terminate());
        assert.equal(code, 1);
      }
      const server = yield* serve(echo);
      const [reader, writer] = yield* connect(server);
      writer.write(Buffer.from('still here'));
      assert.equal(String(yield* reader.readExactly(10)), 'still here');
      yield* closeWriter(writer);
      yield* closeServer(server);
    }));

  test('the loops of two threads talk', () =>
    on.run(function* () {
      const notes: string[] = [];
      const handle = loopHandle({
        note: (text: string) => void notes.push(text),
        *order(name: string): Coroutine<string> {
          yield* sleep(1);
          return `a beer for ${name}`;
        },
      });
      const worker = start(io, 'talk', handle.takePort());
      assert.equal(yield* wrapFuture(resultOf(worker)), 'a beer for Ann');
      assert.deepEqual(notes, [`a note from ${io}`]);
      handle.close();
    }));
}, true);
