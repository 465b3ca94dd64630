import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Coroutine,
  createTask,
  type ExceptionContext,
  getRunningLoop,
  type OSError,
  openConnection,
  run,
  type StreamReader,
  type StreamWriter,
  sleep,
  startServer,
} from 'tsyncio';
import { ECANCELED, ECONNRESET, EMFILE, EPIPE } from '../../src/io/errno.ts';
import { ACCEPT, CONNECT, LISTEN, RECEIVE, SEND, type Send } from '../../src/io/operation.ts';
import { EventLoop } from '../../src/loop/event-loop.ts';
import { LoopNetwork } from '../../src/loop/loop-network.ts';
import { NodeHost } from '../../src/loop/node-host.ts';
import { checkLeaks } from '../support/check-leaks.ts';
import { thrownBy } from './drivers.ts';
import { FakeDriver } from './fake-driver.ts';

checkLeaks();

interface Stage {
  readonly driver: FakeDriver;
  readonly reports: ExceptionContext[];
}

/** Runs `main` on a loop whose kernel is the test. */
async function on(main: (stage: Stage) => Coroutine<void>): Promise<void> {
  const driver = new FakeDriver();
  const reports: ExceptionContext[] = [];
  const makeLoop = (): EventLoop => {
    const host = new NodeHost();
    host.attach(driver, undefined);
    const loop = new EventLoop(host, (scheduler) => {
      const network = new LoopNetwork(scheduler, 'auto', () => {});
      return Object.defineProperty(network, 'driver', { value: driver });
    });
    loop.setExceptionHandler((_loop, context) => reports.push(context));
    return loop;
  };
  await run(() => main({ driver, reports }), { loopFactory: makeLoop });
}

function* turns(count: number): Coroutine<void> {
  for (let i = 0; i < count; i += 1) yield* sleep(0);
}

function connection(): Coroutine<[StreamReader, StreamWriter]> {
  return openConnection({ host: '127.0.0.1', port: 1 });
}

test('the socket is closed only after the last completion, and connectionLost comes after that', () =>
  on(function* ({ driver }) {
    const [, writer] = yield* connection();
    writer.write(Buffer.from('x'));
    writer.transport.abort();
    const over = createTask(writer.waitClosed());
    yield* turns(3);
    assert.deepEqual(driver.calls.slice(-2), ['cancel receive', 'cancel send']);
    driver.endCancelled(SEND);
    yield* turns(3);
    assert.equal(over.done(), false);
    driver.endCancelled(RECEIVE);
    yield* over;
    assert.deepEqual(driver.calls.slice(-2), ['reset', 'close']);
    assert.equal(driver.open.size, 0);
  }));

test('data that comes between a pause and its end is kept, and so is the end of the stream', () =>
  on(function* ({ driver }) {
    const [reader, writer] = yield* connection();
    writer.transport.pauseReading();
    driver.receive('late ');
    driver.receive('words');
    driver.end(driver.find(RECEIVE), 0);
    yield* turns(3);
    const read = createTask(reader.read());
    yield* turns(3);
    assert.equal(read.done(), false);
    writer.transport.resumeReading();
    assert.equal(String(yield* read), 'late words');
    writer.close();
    yield* writer.waitClosed();
    assert.equal(driver.inFlight.size, 0);
  }));

test('a resume that overtakes the cancel of the pause receives again afterwards', () =>
  on(function* ({ driver }) {
    const [reader, writer] = yield* connection();
    writer.transport.pauseReading();
    writer.transport.resumeReading();
    driver.receive('between ');
    yield* turns(2);
    driver.endCancelled(RECEIVE);
    yield* turns(2);
    driver.receive('after');
    yield* turns(2);
    assert.equal(String(yield* reader.read(100)), 'between after');
    writer.close();
    driver.endCancelled(RECEIVE);
    yield* writer.waitClosed();
  }));

test('what cannot be appended waits in order, small pieces together', () =>
  on(function* ({ driver }) {
    const [, writer] = yield* connection();
    driver.appendable = false;
    const long = Buffer.alloc(20_000, 'L');
    for (const piece of ['a', 'b', 'c']) writer.write(Buffer.from(piece));
    writer.write(long);
    writer.write(Buffer.from('d'));
    const sent: string[] = [];
    for (let i = 0; i < 4; i += 1) {
      sent.push(String(driver.find<Send>(SEND).data));
      driver.endSend();
      yield* turns(2);
    }
    assert.deepEqual(sent, ['a', 'bc', String(long), 'd']);
    writer.writeEof();
    assert.equal(driver.calls.at(-1), 'shutdown write');
    writer.close();
    driver.endCancelled(RECEIVE);
    yield* writer.waitClosed();
  }));

test('a send that fails ends the connection; what is queued is dropped', () =>
  on(function* ({ driver }) {
    const [reader, writer] = yield* connection();
    driver.appendable = false;
    writer.write(Buffer.alloc(70_000));
    writer.write(Buffer.alloc(70_000));
    const drained = createTask(thrownBy(writer.drain()));
    const read = createTask(thrownBy(reader.read()));
    yield* turns(2);
    driver.endSend(-EPIPE);
    yield* turns(2);
    driver.end(driver.find(RECEIVE), -ECONNRESET);
    const error = (yield* drained) as OSError;
    assert.deepEqual([error.code, error.syscall, error.address], ['EPIPE', 'write', '127.0.0.2']);
    assert.equal(yield* read, error);
    assert.equal(driver.open.size, 0);
  }));

test('a cancelled connect leaves nothing open, also when it had succeeded', () =>
  on(function* ({ driver }) {
    const before = createTask(connection());
    const after = createTask(connection());
    yield* turns(1);
    assert.equal(driver.find(CONNECT).state, 1);
    before.cancel();
    after.cancel();
    yield* turns(3);
    assert.equal(before.cancelled() && after.cancelled(), true);
    assert.equal(driver.open.size, 0);
    assert.equal(driver.inFlight.size, 0);
  }));

test('a cancelled listen leaves nothing open', () =>
  on(function* ({ driver }) {
    const task = createTask(startServer(function* () {}, { host: '127.0.0.1', port: 0 }));
    yield* turns(1);
    assert.ok(driver.find(LISTEN));
    task.cancel();
    yield* turns(3);
    assert.equal(driver.open.size, 0);
  }));

test('out of descriptors: reported, and accepting goes on a second later', () =>
  on(function* ({ driver, reports }) {
    const loop = getRunningLoop();
    let served = 0;
    const server = yield* startServer(
      function* (_reader, writer) {
        served += 1;
        writer.transport.abort();
      },
      { host: '127.0.0.1', port: 0 },
    );
    driver.end(driver.find(ACCEPT), -EMFILE);
    yield* turns(3);
    assert.equal(reports.length, 1);
    assert.match(reports[0]!.message, /^accept: out of system resources/);
    assert.equal((reports[0]!.exception as OSError).code, 'EMFILE');
    assert.throws(() => driver.find(ACCEPT), /no accept in flight/);
    const timer = loop.scheduler.timers.next()!;
    assert.ok(Math.abs(timer - loop.time() - 1_000) < 500);
    // The clock is real here: the timer is run by hand.
    loop.scheduler.timers.popDue(timer)!.run();
    driver.accept();
    yield* turns(4);
    assert.equal(served, 1);
    server.close();
    driver.endCancelled(ACCEPT);
    driver.endCancelled(RECEIVE);
    yield* server.waitClosed();
    assert.equal(driver.open.size, 0);
  }));

test('a connection that comes while the server is being closed is reset', () =>
  on(function* ({ driver }) {
    const server = yield* startServer(() => assert.fail('not served'), { host: '127.0.0.1', port: 0 });
    server.close();
    driver.accept();
    driver.end(driver.find(ACCEPT), -ECANCELED);
    yield* server.waitClosed();
    assert.deepEqual(driver.calls.slice(-3), ['reset', 'close', 'close']);
  }));

test('TCP_NODELAY is set on every connection', () =>
  on(function* ({ driver }) {
    const [, writer] = yield* connection();
    assert.ok(driver.calls.includes('noDelay 1'));
    writer.close();
    driver.endCancelled(RECEIVE);
    yield* writer.waitClosed();
  }));
