/**
 * Asks a server for several things at once, each on a connection of its own and with a limit of time.
 *
 *   npx tsyncio run examples/line-client.ts
 */
import {
  asyncWith,
  type Coroutine,
  Event,
  gather,
  openConnection,
  type StreamReader,
  type StreamWriter,
  startServer,
  TimeoutError,
  waitFor,
} from 'tsyncio';

const LIMIT_MS = 1_500;

/** Sends one line and gives the line that comes back. Whatever happens meanwhile, the connection is closed. */
function* ask(port: number, question: string): Coroutine<string> {
  const [reader, writer] = yield* openConnection({ host: '127.0.0.1', port });
  return yield* asyncWith(writer, function* () {
    writer.write(Buffer.from(`${question}\n`));
    return String(yield* reader.readLine()).trim();
  });
}

/** As `ask`, but always with an answer in time. */
function* askWithin(port: number, question: string): Coroutine<string> {
  try {
    return `${question}: ${yield* waitFor(ask(port, question), LIMIT_MS)}`;
  } catch (error) {
    // Anything else, such as a refused connection or Ctrl-C, is not for us to hide.
    if (!(error instanceof TimeoutError)) throw error;
    return `${question}: no answer within ${LIMIT_MS} ms`;
  }
}

/** The server: knows some prices, and thinks for ever about the others. */
function* answer(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
  const prices: Record<string, string> = { coffee: '3 crowns', tea: '2 crowns' };
  const question = String(yield* reader.readLine()).trim();
  const price = prices[question];
  if (price === undefined) yield* new Event().wait();
  writer.write(Buffer.from(`${price}\n`));
  writer.close();
}

export function* main(): Coroutine<void> {
  const server = yield* startServer(answer, { host: '127.0.0.1', port: 0 });
  const { port } = server.sockets[0]!.getsockname() as { port: number };
  const answers = yield* gather(['coffee', 'champagne', 'tea', 'caviar'].map((question) => askWithin(port, question)));
  for (const line of answers) console.log(line);
  server.close();
}
