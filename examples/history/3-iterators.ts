/**
 * Step 3: iterators (PEP 234). What waits is an object: `next()` lets it go on a little and gives the socket that it
 * waits for now. It is no longer called with news: whoever runs it asks.
 */
import { accept, type Connection, close, connect, listen, poll, receive, sendLine, takeLine } from './sockets.ts';

const CUSTOMERS = ['Ann', 'Bob', 'Cid'];
const ORDERS = ['beer', 'wine', 'tea'];

// The loop: it alone decides who goes on when, and an error in an activity comes out here, at `next()`.
const waiting = new Map<number, Iterator<number>>();

function goOn(activity: Iterator<number>): void {
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

// The program: an activity keeps in variables where it stands (not begun, on its way, over) and looks there at `next()`.
function activity(socket: { fd: number }, whenReadable: () => boolean): Iterator<number> {
  let begun = false;
  return {
    next() {
      const goesOn = !begun || whenReadable();
      begun = true;
      if (goesOn) return { done: false, value: socket.fd };
      close(socket);
      return { done: true, value: undefined };
    },
  };
}

function serve(customer: Connection): Iterator<number> {
  return activity(customer, () => {
    const goesOn = receive(customer);
    for (let line = takeLine(customer); line !== undefined; line = takeLine(customer)) {
      sendLine(customer, line.toUpperCase());
    }
    return goesOn;
  });
}

function visit(customer: string, bar: Connection): Iterator<number> {
  let ordered = 1;
  sendLine(bar, ORDERS[0]!);
  return activity(bar, () => {
    if (!receive(bar)) return false;
    console.log(`${customer}: ${takeLine(bar)}`);
    if (ordered === ORDERS.length) return false;
    sendLine(bar, ORDERS[ordered]!);
    ordered += 1;
    return true;
  });
}

function open(bar: { fd: number }): Iterator<number> {
  let served = 0;
  return activity(bar, () => {
    goOn(serve(accept(bar.fd)));
    served += 1;
    return served < CUSTOMERS.length;
  });
}

const bar = listen();
goOn(open(bar));
for (const customer of CUSTOMERS) goOn(visit(customer, connect(bar.port)));
run();

// Bought: activities are values, that can be kept, listed, combined and stopped; errors go to the one who asks.
// Lacks: "where was I?" is still answered by hand, in flags and counters.
