/**
 * `node:http` and `ws` on our own sockets: the listener is `startServer`'s, so it is io_uring or epoll that carries the
 * bytes, and everything that is made for Node's web server works on top. Until Ctrl-C.
 *
 *   npx tsyncio run examples/web-server.ts 8080
 *   curl http://localhost:8080/
 */
import { createServer, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  asyncFor,
  asyncWith,
  type Coroutine,
  Event,
  getRunningLoop,
  on,
  runCoroutineThreadsafe,
  sleep,
  startServer,
  TaskGroup,
  toDuplex,
} from 'tsyncio';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';

function* answer(request: IncomingMessage): Coroutine<string> {
  yield* sleep(1);
  return `Hello from ${request.url}, to ${request.socket.remoteAddress}\n`;
}

/** Sends back what comes. When the task is cancelled the other side is told why. */
function* echo(socket: WebSocket): Coroutine<void> {
  try {
    yield* asyncFor(on<[RawData, boolean]>(socket, 'message', { close: ['close'] }), function* ([data, isBinary]) {
      socket.send(data, { binary: isBinary });
    });
  } finally {
    socket.close(1001, 'closing time');
  }
}

export function* main(port = '8080'): Coroutine<void> {
  const loop = getRunningLoop();
  const sockets = new WebSocketServer({ noServer: true });
  const web = createServer((request, response) => {
    runCoroutineThreadsafe(answer(request), loop).then(
      (text) => response.end(text),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  const listener = yield* startServer((reader, writer) => void web.emit('connection', toDuplex(reader, writer)), {
    host: '127.0.0.1',
    port: Number(port),
  });
  console.log(`http://127.0.0.1:${listener.sockets[0]!.getsockname().port}/`);
  yield* asyncWith(listener, () =>
    asyncWith(new TaskGroup(), function* (group) {
      web.on('upgrade', (request: IncomingMessage, duplex: Duplex, head: Buffer) => {
        sockets.handleUpgrade(request, duplex, head, (socket) => void group.createTask(echo(socket)));
      });
      try {
        yield* new Event().wait();
      } finally {
        // Those of web sockets are no longer its own: their tasks close them.
        web.closeAllConnections();
      }
    }),
  );
}
