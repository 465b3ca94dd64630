/**
 * The bar: one bartender, hundreds of customers, nobody waits long.
 *
 *   npm start                                          300 customers
 *   npx tsyncio run examples/bar.ts --customers 1000   more of them
 *
 * The bar is a TCP server, each customer a TCP client of its own, and all of them live on this one thread. While a beer
 * fills or a customer drinks, the bartender does not stand there and wait: he looks around who else wants something.
 */
import { parseArgs } from 'node:util';
import {
  asyncFor,
  asyncWith,
  CancelledError,
  type Coroutine,
  createTask,
  currentTask,
  getRunningLoop,
  OSError,
  openConnection,
  type StreamReader,
  type StreamWriter,
  sleep,
  startServer,
  TaskGroup,
} from 'tsyncio';
import { Board } from './bar/board.ts';
import { type Customer, invite } from './bar/customers.ts';

const USUAL_CUSTOMERS = 300;
/** In milliseconds: how long a glass takes to fill. */
const POURING_MS = 15;
const PROGRESS_EVERY_MS = 500;

/** The bartender's side: serves one customer from the first order to the last. Runs as a task for each connection. */
function* serve(board: Board, reader: StreamReader, writer: StreamWriter): Coroutine<void> {
  try {
    yield* asyncFor(reader, function* (line) {
      const [name, drink] = String(line).trim().split(' orders ') as [string, string];
      currentTask()?.setName(`serve ${name}`);
      board.say(name, `the bartender lets a ${drink} run`, `task "serve ${name}": yield* sleep(${POURING_MS})`);
      yield* sleep(POURING_MS);
      writer.write(Buffer.from(`${drink}\n`));
      yield* writer.drain();
    });
  } catch (error) {
    // Run off with a drink on the bar, as when the evening ends by Ctrl-C: nobody is left to serve.
    if (!(error instanceof OSError)) throw error;
  } finally {
    writer.close();
  }
}

/** The customer's side: comes in, orders, drinks, orders again, and leaves. */
function* visit(customer: Customer, port: number, board: Board): Coroutine<void> {
  const { name, arrivesMs, drinkingMs, drinks } = customer;
  yield* sleep(arrivesMs);
  const [reader, writer] = yield* openConnection({ host: '127.0.0.1', port });
  board.comesIn();
  board.say(name, `${name} comes in`, 'openConnection: a reader and a writer');
  // Whatever happens, even Ctrl-C in the middle of a glass: the connection is closed when the block is left.
  yield* asyncWith(writer, function* () {
    for (const drink of drinks) {
      writer.write(Buffer.from(`${name} orders ${drink}\n`));
      board.say(name, `${name} orders a ${drink}`, 'writer.write, then yield* reader.readLine()');
      const glass = String(yield* reader.readLine()).trim();
      board.say(name, `${name} has the ${glass}, and drinks`, `the future of the line is done: sleep(${drinkingMs})`);
      yield* sleep(drinkingMs);
      board.served(POURING_MS + drinkingMs);
    }
  });
  board.leaves();
  board.say(name, `${name} leaves`, 'the writer is closed, the task is done');
}

function* watchTheRoom(board: Board): Coroutine<never> {
  for (;;) {
    yield* sleep(PROGRESS_EVERY_MS);
    board.showProgress();
  }
}

function* evening(board: Board, customers: readonly Customer[]): Coroutine<void> {
  const bar = yield* startServer((reader, writer) => serve(board, reader, writer), { host: '127.0.0.1', port: 0 });
  const { port } = bar.sockets[0]!.getsockname() as { port: number };
  board.open(port);
  const progress = createTask(watchTheRoom(board), { name: 'progress' });
  try {
    yield* asyncWith(bar, () =>
      asyncWith(new TaskGroup(), function* (group) {
        for (const customer of customers) group.createTask(visit(customer, port, board), { name: customer.name });
      }),
    );
  } finally {
    progress.cancel();
  }
}

export function* main(...args: string[]): Coroutine<void> {
  const { values } = parseArgs({ args, options: { customers: { type: 'string', default: String(USUAL_CUSTOMERS) } } });
  const count = Number(values.customers);
  if (!Number.isInteger(count) || count < 1) throw new RangeError(`--customers: how many? got ${values.customers}`);
  const customers = invite(count);
  const board = new Board(getRunningLoop(), customers);
  try {
    yield* evening(board, customers);
    board.close('Closing time.');
  } catch (error) {
    if (error instanceof CancelledError) board.close('The lights go on: everybody out.');
    throw error;
  }
}
