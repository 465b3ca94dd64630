import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CancelledError,
  type Coroutine,
  createTask,
  Event,
  openConnection,
  run,
  type Server,
  type StreamReader,
  type StreamWriter,
  serveUntilSignal,
  sleep,
  startServer,
} from 'tsyncio';
import { checkLeaks } from '../support/check-leaks.ts';
import { awaiting } from '../support/collect-errors.ts';
import { thrown } from '../support/thrown.ts';

checkLeaks();

const HOUR_MS = 3_600_000;
const SIGNAL = 'SIGALRM';
const raise = (): void => void process.kill(process.pid, SIGNAL);

/** A server whose handler sends a line and then waits for the client's end; a client of it. */
function* serverAndClient(): Coroutine<{ server: Server; reader: StreamReader; writer: StreamWriter }> {
  const serve = function* (reader: StreamReader, writer: StreamWriter): Coroutine<void> {
    writer.write(Buffer.from('welcome\n'));
    yield* reader.read();
    writer.close();
  };
  const server = yield* startServer(serve, { host: '127.0.0.1', port: 0 });
  const [reader, writer] = yield* openConnection({ host: '127.0.0.1', port: server.sockets[0]!.getsockname().port });
  assert.equal(String(yield* reader.readLine()), 'welcome\n');
  return { server, reader, writer };
}

test('at the signal it accepts no more, and ends when the last connection has', () =>
  run(function* () {
    const { server, reader, writer } = yield* serverAndClient();
    const closing = new Event();
    const onSignal = (): void => closing.set();
    const serving = createTask(serveUntilSignal(server, { signals: [SIGNAL], grace: HOUR_MS, onSignal }));
    // The task takes its first step before this one goes on.
    yield* sleep(0);
    raise();
    yield* closing.wait();
    assert.equal(server.isServing(), false);
    assert.equal(serving.done(), false);
    writer.writeEof();
    assert.equal(yield* serving, SIGNAL);
    assert.equal((yield* reader.read()).length, 0);
    assert.equal(process.listenerCount(SIGNAL), 0);
    writer.close();
  }));

for (const [how, grace] of [
  ['when the time is up', 1],
  ['at a second signal', HOUR_MS],
] as const) {
  test(`what is left is broken off ${how}`, () =>
    run(function* () {
      const { server, reader, writer } = yield* serverAndClient();
      const onSignal = (): void => {
        if (grace === HOUR_MS) raise();
      };
      const serving = createTask(serveUntilSignal(server, { signals: [SIGNAL], grace, onSignal }));
      yield* sleep(0);
      raise();
      assert.equal(yield* serving, SIGNAL);
      const error = yield* thrown(reader.read());
      assert.equal((error as NodeJS.ErrnoException).code, 'ECONNRESET');
      writer.close();
    }));
}

test('a cancel closes the server and takes the handlers away', () =>
  run(function* () {
    const { server, writer } = yield* serverAndClient();
    const serving = createTask(serveUntilSignal(server, { signals: [SIGNAL] }));
    yield* sleep(0);
    assert.equal(process.listenerCount(SIGNAL), 1);
    serving.cancel();
    assert.ok((yield* thrown(awaiting(serving))) instanceof CancelledError);
    assert.equal(server.isServing(), false);
    assert.equal(process.listenerCount(SIGNAL), 0);
    writer.close();
  }));
