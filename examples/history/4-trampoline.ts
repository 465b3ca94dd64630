/**
 * Step 4: generators (PEP 255) that can be sent values and errors (PEP 342). Now the language remembers where an
 * activity stands. `yield fd` waits; a generator that calls another one yields it, and a trampoline keeps the stack.
 */
import { accept, type Connection, close, connect, listen, poll, receive, sendLine, takeLine } from './sockets.ts';

const CUSTOMERS = ['Ann', 'Bob', 'Cid'];
const ORDERS = ['beer', 'wine', 'tea'];

type Activity = Generator<number | Activity, string | undefined | void, unknown>;

// The loop, with the trampoline: results and errors go to the generator below, as they do in calls.
const waiting = new Map<number, Activity[]>();

function goOn(stack: Activity[]): void {
  let resume = (top: Activity) => top.next();
  while (stack.length > 0) {
    try {
      const step = resume(stack.at(-1)!);
      if (step.done === true) stack.pop();
      else if (typeof step.value === 'number') return void waiting.set(step.value, stack);
      else stack.push(step.value);
      resume = (top) => top.next(step.done === true ? step.value : undefined);
    } catch (error) {
      stack.pop();
      if (stack.length === 0) throw error;
      resume = (top) => top.throw(error);
    }
  }
}

function run(): void {
  while (waiting.size > 0) {
    for (const fd of poll(waiting.keys())) {
      const stack = waiting.get(fd)!;
      waiting.delete(fd);
      goOn(stack);
    }
  }
}

// The program: a repetition is a loop again, and an error reaches the one who called.
function* readLine(from: Connection): Activity {
  while (!from.unread.includes('\n')) {
    yield from.fd;
    if (!receive(from)) break;
  }
  return takeLine(from);
}

function* serve(customer: Connection): Activity {
  let line: unknown; // what `yield` gives back has no type: it comes from the trampoline
  while ((line = yield readLine(customer))) sendLine(customer, String(line).toUpperCase());
  close(customer);
}

function* visit(customer: string, bar: Connection): Activity {
  for (const order of ORDERS) {
    sendLine(bar, order);
    console.log(`${customer}: ${yield readLine(bar)}`);
  }
  close(bar);
}

function* open(bar: { fd: number }): Activity {
  for (const _ of CUSTOMERS) {
    yield bar.fd;
    goOn([serve(accept(bar.fd))]);
  }
  close(bar);
}

const bar = listen();
goOn([open(bar)]);
for (const customer of CUSTOMERS) goOn([visit(customer, connect(bar.port))]);
run();
// Bought: a story that can be read from top to bottom. Lacks: types, and a call that needs nothing of the loop.
