import assert from 'node:assert/strict';
import { describe } from 'node:test';
import {
  type Awaitable,
  type Coroutine,
  type EventLoop,
  type ExceptionContext,
  getRunningLoop,
  newEventLoop,
  type OnConnection,
  openConnection,
  run,
  type Server,
  type StartServerOptions,
  type StreamReader,
  type StreamWriter,
  startServer,
} from 'tsyncio';
import type { DriverName } from '../../src/io/driver.ts';
import { whyNot } from '../../src/loop/choose-driver.ts';
import { checkLeaks } from '../support/check-leaks.ts';
import { afterFaults, faultyLoop } from './through-faults.ts';

const NAMES: readonly DriverName[] = ['io_uring', 'epoll', 'node'];

/**
 * Runs the suite once for each driver that works here, and says why not for the others. Afterwards nothing may be left,
 * unless it `terminates` threads, whose descriptors stay until the process ends.
 */
export function onEachDriver(suite: (on: Bench) => void, terminates?: boolean): void {
  for (const name of NAMES) {
    const reason = whyNot(name);
    describe(name, { skip: reason }, () => {
      if (terminates !== true) checkLeaks();
      suite(new Bench(name));
    });
  }
}

/** A loop on one driver, and the look afterwards whether anything was left behind. */
export class Bench {
  readonly io: DriverName;
  /** What the exception handler was told in the last run. */
  reports: ExceptionContext[] = [];

  constructor(io: DriverName) {
    this.io = io;
  }

  /** Runs `main`; fails if it leaves a socket, an operation or a task, or if something was reported. */
  async run<T>(main: () => Coroutine<T>, options: { readonly reports?: boolean } = {}): Promise<T> {
    this.reports = [];
    const result = await run(this.#watched(main), { loopFactory: () => this.#loop() });
    if (options.reports !== true) assert.deepEqual(this.reports, []);
    return result;
  }

  #loop(): EventLoop {
    const loop = faultyLoop(this.io) ?? newEventLoop({ io: this.io });
    loop.setExceptionHandler((_loop, context) => this.reports.push(context));
    return loop;
  }

  *#watched<T>(main: () => Coroutine<T>): Coroutine<T> {
    const result = yield* main();
    yield* afterFaults(() => getRunningLoop().statistics.inFlight === 0);
    const { inFlight, sockets, tasks } = getRunningLoop().statistics;
    assert.deepEqual({ inFlight, sockets, tasks }, { inFlight: 0, sockets: 0, tasks: 1 });
    return result;
  }
}

/** A server on a free port of 127.0.0.1. */
export function serve(onConnection: OnConnection, options: Partial<StartServerOptions> = {}): Coroutine<Server> {
  return startServer(onConnection, { host: '127.0.0.1', port: 0, ...options });
}

export function portOf(server: Server): number {
  return server.sockets[0]!.getsockname().port;
}

export function connect(server: Server, limit?: number): Coroutine<[StreamReader, StreamWriter]> {
  return openConnection({ host: '127.0.0.1', port: portOf(server), limit });
}

export function* closeWriter(writer: StreamWriter): Coroutine<void> {
  writer.close();
  yield* writer.waitClosed();
}

export function* closeServer(server: Pick<Server, 'close' | 'waitClosed'>): Coroutine<void> {
  server.close();
  yield* server.waitClosed();
}

/** The handler of an echo server. */
export function* echo(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
  for (;;) {
    const data = yield* reader.read(65_536);
    if (data.length === 0) break;
    writer.write(data);
    yield* writer.drain();
  }
  yield* closeWriter(writer);
}

/** The error that what is awaited throws. */
export function* thrownBy(awaitable: Awaitable<unknown>): Coroutine<unknown> {
  try {
    yield* awaitable;
  } catch (error) {
    return error;
  }
  assert.fail('it should have thrown');
}
