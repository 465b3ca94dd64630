import {
  type Coroutine,
  createTask,
  gather,
  OSError,
  run,
  type StreamReader,
  type StreamWriter,
  sleep,
  startServer,
  wrapFuture,
} from '../../../src/index.ts';
import { echo } from '../../lib/stream-echo.ts';
import { addDelays, askFromOutside, BETWEEN_PROBES_MS, type Delays, TASKS, watchImmediates } from '../delays.ts';

/** The client ends as it likes. */
function* serve(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
  try {
    yield* echo(reader, writer);
  } catch (error) {
    if (!(error instanceof OSError)) throw error;
  }
}

let stop = false;

/** How long the reaction to a promise of Node's waits that a task resolves. */
function* promises(late: number[]): Coroutine<void> {
  while (!stop) {
    yield* sleep(BETWEEN_PROBES_MS);
    const from = performance.now();
    void Promise.resolve().then(() => late.push(performance.now() - from));
  }
}

function* busy(): Coroutine<void> {
  while (!stop) yield* sleep(0);
}

function* scenario(port: number, delays: Delays, name: string, flood: boolean): Coroutine<void> {
  stop = false;
  const immediates = watchImmediates();
  const late: number[] = [];
  const tasks = [createTask(promises(late))];
  if (!flood) for (let i = 0; i < TASKS; i += 1) tasks.push(createTask(busy()));
  const trips = yield* wrapFuture(askFromOutside(port, flood));
  stop = true;
  yield* gather(tasks);
  addDelays(delays, `${name}: setImmediate`, immediates());
  addDelays(delays, `${name}: promise`, late);
  addDelays(delays, `${name}: connection`, trips);
}

function* main(): Coroutine<void> {
  const server = yield* startServer(serve, { host: '127.0.0.1', port: 0 });
  const { port } = server.sockets[0]!.getsockname();
  const delays: Delays = {};
  yield* scenario(port, delays, 'tasks', false);
  yield* scenario(port, delays, 'flood', true);
  console.log(JSON.stringify(delays));
  process.exit(0);
}

await run(main());
