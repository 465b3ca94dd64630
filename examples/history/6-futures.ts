/**
 * Step 6: futures and tasks (PEP 3156), and with them what became `await` (PEP 492). A future is a result that will be
 * there later, of whatever kind; a task is a coroutine under way and a future itself, so that tasks wait for tasks.
 */
import { accept, type Connection, close, connect, listen, poll, receive, sendLine, takeLine } from './sockets.ts';

const CUSTOMERS = ['Ann', 'Bob', 'Cid'];
const ORDERS = ['beer', 'wine', 'tea'];

type Coroutine<T> = Generator<Future<unknown>, T, void>;
class Future<T> {
  #result: { value: T } | undefined;
  onDone: (() => void) | undefined; // room for one who waits is enough here

  setResult(value: T): void {
    this.#result = { value };
    this.onDone?.();
  }
  *[Symbol.iterator](): Coroutine<T> {
    if (this.#result === undefined) yield this;
    return this.#result!.value;
  }
}

/** Lets a coroutine go on as far as it can; the task is done when the coroutine is. */
function createTask<T>(coroutine: Coroutine<T>, task = new Future<T>()): Future<T> {
  const { done, value } = coroutine.next();
  if (done) task.setResult(value);
  else value.onDone = () => createTask(coroutine, task);
  return task;
}

// The loop: that a socket is readable is one more thing that there is a future of.
const readers = new Map<number, Future<void>>();

function run(): void {
  while (readers.size > 0) for (const fd of poll(readers.keys())) readers.get(fd)!.setResult();
}

function* readable(fd: number): Coroutine<number> {
  readers.set(fd, new Future());
  yield* readers.get(fd)!;
  readers.delete(fd);
  return fd;
}

// The program: a main coroutine makes the others and waits for them.
function* readLine(from: Connection): Coroutine<string | undefined> {
  while (!from.unread.includes('\n')) {
    yield* readable(from.fd);
    if (!receive(from)) break;
  }
  return takeLine(from);
}

function* serve(customer: Connection): Coroutine<void> {
  let line: string | undefined;
  while ((line = yield* readLine(customer))) sendLine(customer, line.toUpperCase());
  close(customer);
}

function* visit(customer: string, bar: Connection): Coroutine<void> {
  for (const order of ORDERS) {
    sendLine(bar, order);
    console.log(`${customer}: ${yield* readLine(bar)}`);
  }
  close(bar);
}

function* main(): Coroutine<void> {
  const bar = listen();
  const visits = CUSTOMERS.map((name) => createTask(visit(name, connect(bar.port))));
  for (const _ of visits) createTask(serve(accept(yield* readable(bar.fd))));
  for (const task of visits) yield* task;
  close(bar);
}

createTask(main());
run();
// Bought: waiting for anything. Lacks: errors, cancellation, timers, fairness, limits, and tests of all that.
