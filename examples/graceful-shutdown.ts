/**
 * A server that ends in order when it is told to: SIGTERM, or Ctrl-C.
 *
 *   npx tsyncio run examples/graceful-shutdown.ts 8888
 */
import {
  type Coroutine,
  createTask,
  Event,
  FIRST_COMPLETED,
  type StreamReader,
  type StreamWriter,
  serveUntilSignal,
  startServer,
  wait,
} from 'tsyncio';

/** Set when the bar is about to close. */
let lastOrders: Event;

function* serve(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
  for (;;) {
    const order = createTask(reader.readLine());
    const closing = createTask(lastOrders.wait());
    yield* wait([order, closing], { returnWhen: FIRST_COMPLETED });
    closing.cancel();
    // A customer who has not ordered yet gets nothing any more; an order that is there is served.
    if (!order.done()) order.cancel();
    const line = order.done() ? order.result() : Buffer.alloc(0);
    if (line.length === 0) break;
    writer.write(Buffer.concat([Buffer.from('served: '), line]));
    yield* writer.drain();
  }
  writer.write(Buffer.from('good night\n'));
  writer.close();
  yield* writer.waitClosed();
}

export function* main(port = '8888'): Coroutine<void> {
  lastOrders = new Event();
  const server = yield* startServer(serve, { host: '127.0.0.1', port: Number(port) });
  console.log(`the bar is open on port ${server.sockets[0]!.getsockname().port}`);
  const signal = yield* serveUntilSignal(server, { grace: 5_000, onSignal: () => lastOrders.set() });
  console.log(`closed in order by ${signal}`);
}
