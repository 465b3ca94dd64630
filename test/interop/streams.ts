/** Connections for the tests of streams, and data to know again. */
import { createHash } from 'node:crypto';
import type { Coroutine, Server, StreamReader, StreamWriter } from 'tsyncio';
import { Future, wrapFuture } from 'tsyncio';
import { closeServer, closeWriter, connect, serve } from '../net/drivers.ts';

export type Ends = readonly [reader: StreamReader, writer: StreamWriter];

/** Bytes of which no two pieces are alike. */
export function pattern(size: number): Buffer {
  const data = Buffer.alloc(size);
  for (let at = 0; at + 4 <= size; at += 4) data.writeUInt32LE((at * 2_654_435_761) >>> 0, at);
  return data;
}

export const hash = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');

/** Both ends of a TCP connection; what `use` has not closed is closed behind it. */
export function* connected<T>(use: (client: Ends, server: Ends) => Coroutine<T>): Coroutine<T> {
  const accepted = new Future<Ends>();
  const server: Server = yield* serve((reader, writer) => accepted.setResult([reader, writer]));
  const client = yield* connect(server);
  const peer = yield* accepted;
  const result = yield* use(client, peer);
  for (const [, writer] of [client, peer]) yield* quietly(closeWriter(writer));
  yield* closeServer(server);
  return result;
}

/** A connection that a test has broken may say so when it is closed. */
export function* quietly(coroutine: Coroutine<void>): Coroutine<void> {
  try {
    yield* coroutine;
  } catch (error) {
    if (!/ECONNRESET|EPIPE|ERR_STREAM_PREMATURE_CLOSE/.test(String((error as NodeJS.ErrnoException).code))) throw error;
  }
}

/** Lets Node's streams settle: their events come in ticks of Node's. */
export function* settle(rounds = 20): Coroutine<void> {
  for (let i = 0; i < rounds; i += 1) yield* wrapFuture(new Promise((resolve) => setImmediate(resolve)));
}
