/**
 * Step 7: the library. `asyncFor` and `asyncWith` (PEP 492) wait while they repeat and while they close; what a customer
 * gets comes out of an asynchronous generator (PEP 525); the group waits for its tasks, and when one fails cancels the
 * others.
 */
import {
  type AsyncCoroutineGenerator,
  asyncFor,
  asyncGenerator,
  asyncIter,
  asyncWith,
  type Coroutine,
  openConnection,
  run,
  type StreamReader,
  type StreamWriter,
  startServer,
  TaskGroup,
} from 'tsyncio';

const CUSTOMERS = ['Ann', 'Bob', 'Cid'];
const ORDERS = ['beer', 'wine', 'tea'];

function* serve(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
  yield* asyncFor(reader, function* (line) {
    writer.write(Buffer.from(String(line).toUpperCase()));
    yield* writer.drain();
  });
  writer.close();
}

/** Orders one thing after the other, and gives what comes. */
function visit(port: number): AsyncCoroutineGenerator<string> {
  return asyncGenerator(function* (emit) {
    const [reader, writer] = yield* openConnection({ host: '127.0.0.1', port });
    for (const order of ORDERS) {
      writer.write(Buffer.from(`${order}\n`));
      yield* emit(String(yield* reader.readLine()).trimEnd());
    }
    writer.close();
    yield* writer.waitClosed();
  });
}

/** A comprehension (PEP 530): Python's `(f"{customer}: {line}" async for line in visit(port))`. */
function* report(customer: string, port: number): Coroutine<void> {
  const lines = asyncIter(visit(port)).map((line) => `${customer}: ${line}`);
  yield* asyncFor(lines, function* (line) {
    console.log(line);
  });
}

await run(function* () {
  const bar = yield* startServer(serve, { host: '127.0.0.1', port: 0 });
  const { port } = bar.sockets[0]!.getsockname() as { port: number };
  yield* asyncWith(bar, function* () {
    yield* asyncWith(new TaskGroup(), function* (group) {
      for (const customer of CUSTOMERS) group.createTask(report(customer, port));
    });
  });
});

// Bought: errors, cancellation and timeouts that reach everybody, in an order that is defined; limits on what is buffered;
// io_uring or epoll below; and nothing of this is yours to maintain.
