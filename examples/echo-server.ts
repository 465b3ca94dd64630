/**
 * Sends every line back, to any number of clients at once, until Ctrl-C.
 *
 *   npx tsyncio run examples/echo-server.ts 8888
 */
import { asyncFor, asyncWith, type Coroutine, type StreamReader, type StreamWriter, startServer } from 'tsyncio';

function* echo(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
  const peer = writer.getExtraInfo('peername') as { host: string; port: number };
  console.log(`${peer.host} is here`);
  yield* asyncFor(reader, function* (line) {
    writer.write(line);
    // Waits while the client reads too slowly, so that nothing piles up here.
    yield* writer.drain();
  });
  writer.close();
  yield* writer.waitClosed();
  console.log(`${peer.host} has left`);
}

export function* main(port = '8888'): Coroutine<void> {
  const server = yield* startServer(echo, { host: '127.0.0.1', port: Number(port) });
  const [socket] = server.sockets;
  console.log(`echo server on port ${(socket!.getsockname() as { port: number }).port}`);
  try {
    yield* asyncWith(server, () => server.serveForever());
  } finally {
    console.log('the server is closed');
  }
}
