/**
 * Step 1: a bare loop around poll(2).
 *
 * A bar answers each order in capitals; three customers order three things each, at the same time, in one process.
 * All seven programs of this folder do that; only the way of waiting changes.
 */
import { accept, type Connection, close, connect, listen, poll, receive, sendLine, takeLine } from './sockets.ts';

const CUSTOMERS = ['Ann', 'Bob', 'Cid'];
const ORDERS = ['beer', 'wine', 'tea'];

/** What functions would keep in local variables, and in the place where they stand, is written down by hand. */
interface Activity {
  readonly connection: Connection;
  readonly customer: string | undefined; // undefined: it is the bar's side of a connection
  ordered: number;
}

const activities = new Map<number, Activity>();

function leave({ connection }: Activity): void {
  activities.delete(connection.fd);
  close(connection);
}

function orderNext(activity: Activity): void {
  const order = ORDERS[activity.ordered];
  activity.ordered += 1;
  if (order === undefined) leave(activity);
  else sendLine(activity.connection, order);
}

function hear(activity: Activity, line: string): void {
  if (activity.customer === undefined) {
    sendLine(activity.connection, line.toUpperCase());
  } else {
    console.log(`${activity.customer}: ${line}`);
    orderNext(activity);
  }
}

const bar = listen();
for (const customer of CUSTOMERS) {
  const activity = { connection: connect(bar.port), customer, ordered: 0 };
  activities.set(activity.connection.fd, activity);
  orderNext(activity);
}

// The loop knows everything: who listens, who serves, who orders, and what each of them does next.
while (activities.size > 0) {
  for (const fd of poll([bar.fd, ...activities.keys()])) {
    if (fd === bar.fd) {
      const connection = accept(bar.fd);
      activities.set(connection.fd, { connection, customer: undefined, ordered: 0 });
      continue;
    }
    const activity = activities.get(fd)!;
    if (receive(activity.connection)) {
      const line = takeLine(activity.connection);
      if (line !== undefined) hear(activity, line);
    } else {
      leave(activity);
    }
  }
}
close(bar);

// Bought: many can wait at once, in one thread.
// Lacks: nothing can be added without changing the loop, and no story can be read from top to bottom.
