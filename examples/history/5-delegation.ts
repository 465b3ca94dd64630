/**
 * Step 5: delegation (PEP 380). `yield*`, Python's `yield from`, calls another generator: what that one yields goes
 * through to the loop, what it returns is the value of the expression. The trampoline and its stack are gone.
 */
import { accept, type Connection, close, connect, listen, poll, receive, sendLine, takeLine } from './sockets.ts';

const CUSTOMERS = ['Ann', 'Bob', 'Cid'];
const ORDERS = ['beer', 'wine', 'tea'];

/** Waits for sockets, ends with a T. */
type Activity<T> = Generator<number, T, void>;

// The loop: as small as in step 3.
const waiting = new Map<number, Activity<void>>();

function goOn(activity: Activity<void>): void {
  const step = activity.next();
  if (step.done !== true) waiting.set(step.value, activity);
}

function run(): void {
  while (waiting.size > 0) {
    for (const fd of poll(waiting.keys())) {
      const activity = waiting.get(fd)!;
      waiting.delete(fd);
      goOn(activity);
    }
  }
}

// The program: functions that wait call functions that wait, to any depth, with types.
function* readLine(from: Connection): Activity<string | undefined> {
  while (!from.unread.includes('\n')) {
    yield from.fd;
    if (!receive(from)) break;
  }
  return takeLine(from);
}

function* serve(customer: Connection): Activity<void> {
  let line: string | undefined;
  while ((line = yield* readLine(customer))) sendLine(customer, line.toUpperCase());
  close(customer);
}

function* visit(customer: string, bar: Connection): Activity<void> {
  for (const order of ORDERS) {
    sendLine(bar, order);
    console.log(`${customer}: ${yield* readLine(bar)}`);
  }
  close(bar);
}

function* open(bar: { fd: number }): Activity<void> {
  for (const _ of CUSTOMERS) {
    yield bar.fd;
    goOn(serve(accept(bar.fd)));
  }
  close(bar);
}

const bar = listen();
goOn(open(bar));
for (const customer of CUSTOMERS) goOn(visit(customer, connect(bar.port)));
run();

// Bought: what waits is called as a function is, and the loop knows nothing of it.
// Lacks: one can wait for a socket, but not for another activity or its result.
