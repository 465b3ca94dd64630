import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  BaseProtocol,
  type Coroutine,
  Future,
  getRunningLoop,
  OSError,
  Protocol,
  Queue,
  Socket,
  StreamReader,
  StreamReaderProtocol,
  wrapFuture,
} from 'tsyncio';
import { runningScheduler } from '../../src/core/scheduler.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { type Bench, onEachDriver, thrownBy } from './drivers.ts';

const folder = temporaryFolder('pipes');
let count = 0;
const NO_MKFIFO = process.platform !== 'win32' && spawnSync('mkfifo', ['--version']).status === 0 ? false : 'no mkfifo';

/** Both ends of a fifo: reading, writing. */
function fifo(): [number, number] {
  const path = join(folder, `${count++}`);
  assert.equal(spawnSync('mkfifo', [path]).status, 0);
  const read = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return [read, openSync(path, constants.O_WRONLY)];
}

class Source extends Protocol {
  readonly arrived = new Queue<string>();
  readonly lost = new Future<Error | undefined>();
  override dataReceived(data: Buffer): void {
    this.arrived.putNowait(String(data));
  }
  override eofReceived(): void {
    this.arrived.putNowait('END');
  }
  override connectionLost(error: Error | undefined): void {
    this.lost.setResult(error);
  }
}

class Sink extends BaseProtocol {
  readonly flow: string[] = [];
  readonly resumed = new Queue<void>();
  readonly lost = new Future<Error | undefined>();
  override pauseWriting(): void {
    this.flow.push('pause');
  }
  override resumeWriting(): void {
    this.flow.push('resume');
    this.resumed.putNowait(undefined);
  }
  override connectionLost(error: Error | undefined): void {
    this.lost.setResult(error);
  }
}

const text = (value: string): Buffer => Buffer.from(value);

onEachDriver((on) => {
  fifos(on);
  // Its Socket is made by the system's own calls.
  if (on.io !== 'node') sockets(on);
});

function fifos(on: Bench): void {
  test('through a fifo, and the end of it', { skip: NO_MKFIFO }, () =>
    on.run(function* () {
      const loop = getRunningLoop();
      const [read, write] = fifo();
      const [reading, source] = yield* loop.connectReadPipe(() => new Source(), read);
      const [writing, sink] = yield* loop.connectWritePipe(() => new Sink(), write);
      writing.write(text('hello'));
      assert.equal(yield* source.arrived.get(), 'hello');
      assert.equal(reading.getExtraInfo('pipe'), read);
      reading.pauseReading();
      assert.equal(reading.isReading(), false);
      writing.writeLines([text('more'), text(' and more')]);
      reading.resumeReading();
      assert.equal(yield* source.arrived.get(), 'more and more');
      writing.close();
      assert.throws(() => writing.write(text('x')), /write after close/);
      assert.equal(yield* source.arrived.get(), 'END');
      assert.equal(yield* sink.lost, undefined);
      assert.equal(yield* source.lost, undefined);
      // Closed by the transports.
      assert.throws(() => closeSync(read), /EBADF/);
      assert.throws(() => closeSync(write), /EBADF/);
    }),
  );

  test('much data: flow control, close sends what waits', { skip: NO_MKFIFO }, () =>
    on.run(function* () {
      const loop = getRunningLoop();
      const [read, write] = fifo();
      const [writing, sink] = yield* loop.connectWritePipe(() => new Sink(), write);
      const all = Buffer.alloc(1_000_000, 'all of it must come, ');
      for (let at = 0; at < all.length; at += 100_000) writing.write(all.subarray(at, at + 100_000));
      assert.deepEqual(sink.flow, ['pause']);
      writing.close();
      const reader = new StreamReader();
      yield* loop.connectReadPipe(() => new StreamReaderProtocol(runningScheduler(), reader), read);
      assert.ok((yield* reader.read()).equals(all));
      assert.equal(yield* sink.lost, undefined);
      assert.deepEqual(sink.flow, ['pause', 'resume']);
    }),
  );

  test('the reader goes away', { skip: NO_MKFIFO }, () =>
    on.run(function* () {
      const loop = getRunningLoop();
      if (on.io !== 'node') {
        const idle = fifo();
        const [quiet, quietSink] = yield* loop.connectWritePipe(() => new Sink(), idle[1]);
        closeSync(idle[0]);
        assert.equal(yield* quietSink.lost, undefined);
        quiet.write(text('nobody reads this'));
      }
      const busy = fifo();
      const [writing, sink] = yield* loop.connectWritePipe(() => new Sink(), busy[1]);
      writing.write(Buffer.alloc(1_000_000));
      closeSync(busy[0]);
      const error = yield* sink.lost;
      assert.ok(error instanceof OSError);
      assert.equal(error.code, 'EPIPE');
    }),
  );

  test('what is no pipe', () =>
    on.run(function* () {
      const loop = getRunningLoop();
      const file = openSync(join(folder, 'file'), 'w');
      const attempts: [() => Coroutine<unknown>, RegExp][] = [
        [() => loop.connectReadPipe(() => new Source(), file), /is no pipe, socket or terminal/],
        [() => loop.connectWritePipe(() => new Sink(), file), /is no pipe, socket or terminal/],
        [() => loop.connectReadPipe(() => new Source(), 99_999), /EBADF/],
        [() => loop.connectReadPipe(() => new Source(), -1), /at least 0/],
        [() => loop.connectReadPipe((() => 5) as unknown as () => Source, 0), /must return a protocol/],
        [() => loop.connectWritePipe((() => 5) as unknown as () => Sink, 0), /must return a protocol/],
      ];
      for (const [attempt, message] of attempts) assert.match(String(yield* thrownBy(attempt())), message);
      closeSync(file);
    }));
}

function sockets(on: Bench): void {
  test('abort drops what waits; sockets are pipes too', () =>
    on.run(function* () {
      const loop = getRunningLoop();
      const [near, far] = Socket.pair();
      const [writing, sink] = yield* loop.connectWritePipe(() => new Sink(), near);
      const [reading, source] = yield* loop.connectReadPipe(() => new Source(), far);
      assert.equal(near.fileno(), -1);
      reading.pauseReading();
      writing.write(Buffer.alloc(5_000_000));
      assert.ok(writing.getWriteBufferSize() > 0);
      writing.abort();
      assert.equal(yield* sink.lost, undefined);
      reading.close();
      assert.equal(yield* source.lost, undefined);
    }));

  test('the output of a child', () =>
    on.run(function* () {
      const loop = getRunningLoop();
      const [near, far] = Socket.pair();
      const child = spawn('sh', ['-c', 'echo from a child'], { stdio: ['ignore', far.fileno(), 'inherit'] });
      const exit = new Promise((resolve) => child.once('exit', resolve));
      far.close();
      const [, source] = yield* loop.connectReadPipe(() => new Source(), near);
      assert.equal(yield* source.arrived.get(), 'from a child\n');
      yield* wrapFuture(exit);
      assert.equal(yield* source.arrived.get(), 'END');
      assert.equal(yield* source.lost, undefined);
    }));
}
