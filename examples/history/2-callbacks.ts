/**
 * Step 2: callbacks. The loop knows only which function to call when which socket is readable.
 */
import { accept, type Connection, close, connect, listen, poll, receive, sendLine, takeLine } from './sockets.ts';

const CUSTOMERS = ['Ann', 'Bob', 'Cid'];
const ORDERS = ['beer', 'wine', 'tea'];

// The loop: general at last, it could run any program.
const readers = new Map<number, () => void>();

function run(): void {
  while (readers.size > 0) for (const fd of poll(readers.keys())) readers.get(fd)?.();
}

function leave(connection: { fd: number }): void {
  readers.delete(connection.fd);
  close(connection);
}

/** Calls `onLine` for each line that comes, until the other side leaves. */
function hear(connection: Connection, onLine: (line: string) => void): void {
  readers.set(connection.fd, () => {
    if (receive(connection)) {
      for (let line = takeLine(connection); line !== undefined; line = takeLine(connection)) onLine(line);
    } else {
      leave(connection);
    }
  });
}

// The program: what an activity has to remember lies in the variables that its callbacks share.
function serve(customer: Connection): void {
  hear(customer, (line) => sendLine(customer, line.toUpperCase()));
}

function visit(customer: string, bar: Connection): void {
  const left = [...ORDERS];
  // "For each order: send, wait, print" has become two functions that call each other by way of the loop.
  const orderNext = (): void => {
    const order = left.shift();
    if (order === undefined) leave(bar);
    else sendLine(bar, order);
  };
  hear(bar, (line) => {
    console.log(`${customer}: ${line}`);
    orderNext();
  });
  orderNext();
}

function open(bar: { fd: number }): void {
  let expected = CUSTOMERS.length;
  readers.set(bar.fd, () => {
    serve(accept(bar.fd));
    expected -= 1;
    if (expected === 0) leave(bar);
  });
}

const bar = listen();
open(bar);
for (const customer of CUSTOMERS) visit(customer, connect(bar.port));
run();

// Bought: one loop for every program, and parts that know nothing of each other.
// Lacks: control flow. A repetition is a function that comes back to itself, an error has no caller to go to.
