/**
 * HTTP/1.1 over plain streams: keep-alive, pipelining, limits of size and of time. Says hello until Ctrl-C.
 *
 *   npx tsyncio run examples/http-hello.ts 8080
 *   curl http://127.0.0.1:8080/Ann
 */
import {
  asyncWith,
  type Coroutine,
  createTask,
  getRunningLoop,
  IncompleteReadError,
  LimitOverrunError,
  OSError,
  type StreamReader,
  type StreamWriter,
  sleep,
  startServer,
  TransportClosedError,
} from 'tsyncio';
import { parseHead, REASONS, Refusal } from './http-hello/request.ts';

const MAX_HEAD_BYTES = 16 * 1024;
const CHUNK_BYTES = 64 * 1024;
/** For a whole request, the silence before it included, and for taking the answer. */
const USUAL_REQUEST_MS = '10000';
const SWEEP_MS = 1_000;
const HEAD_END = Buffer.from('\r\n\r\n');
const CONTINUE = Buffer.from('HTTP/1.1 100 Continue\r\n\r\n');

/** A connection, and the time by which it must have got somewhere. */
interface Visit {
  readonly reader: StreamReader;
  readonly writer: StreamWriter;
  deadline: number;
}

class House {
  readonly visits = new Set<Visit>();
  readonly requestMs: number;
  #date = new Date().toUTCString();

  constructor(requestMs: number) {
    this.requestMs = requestMs;
  }

  /** One timer for all connections, instead of one for each request. */
  *sweep(): Coroutine<never> {
    for (;;) {
      yield* sleep(SWEEP_MS);
      this.#date = new Date().toUTCString();
      const now = getRunningLoop().time();
      for (const { writer, deadline } of this.visits) if (deadline < now) writer.transport.abort();
    }
  }

  answer(status: number, keepAlive: boolean, body: string, method = 'GET'): Buffer {
    const head = `HTTP/1.1 ${status} ${REASONS[status]}\r\ndate: ${this.#date}\r\ncontent-type: text/plain\r\n`;
    const rest = `content-length: ${body.length}\r\nconnection: ${keepAlive ? 'keep-alive' : 'close'}\r\n\r\n`;
    return Buffer.from(method === 'HEAD' ? head + rest : head + rest + body, 'latin1');
  }
}

/** True while the connection may go on. */
function* serveOne(house: House, visit: Visit): Coroutine<boolean> {
  const { reader, writer } = visit;
  visit.deadline = getRunningLoop().time() + house.requestMs;
  const head = yield* reader.readUntil(HEAD_END);
  const { method, path, headers, keepAlive, bodyBytes } = parseHead(
    head.toString('latin1', 0, head.length - HEAD_END.length),
  );
  if (headers.get('expect') === '100-continue') writer.write(CONTINUE);
  for (let left = bodyBytes; left > 0; ) {
    const { length } = yield* reader.read(Math.min(left, CHUNK_BYTES));
    if (length === 0) return false;
    left -= length;
  }
  writer.write(house.answer(200, keepAlive, `Hello, ${path === '/' ? 'world' : path.slice(1)}!\n`, method));
  // Answers to requests that came together leave together: this does not wait unless the client is slow to take them.
  yield* writer.drain();
  return keepAlive;
}

/** Says why, and waits until the client has seen it: closing with unread data would be a reset, which overtakes it. */
function* refuse(house: House, { reader, writer }: Visit, status: number): Coroutine<void> {
  writer.write(house.answer(status, false, `${REASONS[status]}\n`));
  writer.writeEof();
  while ((yield* reader.read(CHUNK_BYTES)).length > 0);
}

function* converse(house: House, visit: Visit): Coroutine<void> {
  try {
    while (yield* serveOne(house, visit));
  } catch (error) {
    if (error instanceof Refusal) yield* refuse(house, visit, error.status);
    else if (error instanceof LimitOverrunError) yield* refuse(house, visit, 431);
    else throw error;
  }
}

/** The client has left, or was shown the door: nobody is there to be told. */
const isFarewell = (error: unknown): boolean =>
  error instanceof IncompleteReadError || error instanceof OSError || error instanceof TransportClosedError;

function* serve(house: House, reader: StreamReader, writer: StreamWriter): Coroutine<void> {
  const visit: Visit = { reader, writer, deadline: 0 };
  house.visits.add(visit);
  try {
    yield* converse(house, visit);
  } catch (error) {
    if (!isFarewell(error)) throw error;
  } finally {
    house.visits.delete(visit);
    writer.close();
  }
}

export function* main(port = '8080', requestMs = USUAL_REQUEST_MS): Coroutine<void> {
  const house = new House(Number(requestMs));
  const sweeping = createTask(house.sweep(), { name: 'sweep' });
  const options = { host: '127.0.0.1', port: Number(port), limit: MAX_HEAD_BYTES, backlog: 1024 };
  const server = yield* startServer((reader, writer) => serve(house, reader, writer), options);
  console.log(`http://127.0.0.1:${server.sockets[0]!.getsockname().port}/`);
  try {
    yield* asyncWith(server, () => server.serveForever());
  } finally {
    sweeping.cancel();
  }
}
