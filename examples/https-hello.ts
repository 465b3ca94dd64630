/**
 * The smallest HTTPS server, over TLS from tsyncio's own streams, until Ctrl-C.
 *
 *   npx tsyncio run examples/https-hello.ts 8443 key.pem cert.pem
 *   curl --cacert cert.pem https://localhost:8443/
 */
import { readFileSync } from 'node:fs';
import {
  asyncWith,
  type Coroutine,
  IncompleteReadError,
  type StreamReader,
  type StreamWriter,
  startServer,
} from 'tsyncio';

const HEAD_END = Buffer.from('\r\n\r\n');

/** One request after the other, as long as the client keeps the connection. */
function* serve(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
  yield* asyncWith(writer, function* () {
    for (;;) {
      const head = String(yield* reader.readUntil(HEAD_END));
      const [, path = '/'] = head.split(' ');
      const body = `Hello from ${path}, over ${writer.getExtraInfo<{ protocol: string }>('tls')!.protocol}\n`;
      const keep = !/^connection: *close/im.test(head);
      writer.write(
        Buffer.from(
          `HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: ${body.length}\r\n` +
            `connection: ${keep ? 'keep-alive' : 'close'}\r\n\r\n${body}`,
        ),
      );
      yield* writer.drain();
      if (!keep) return;
    }
  });
}

function* serveOne(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
  try {
    yield* serve(reader, writer);
  } catch (error) {
    // The client has left between two requests.
    if (!(error instanceof IncompleteReadError) || error.partial.length > 0) throw error;
  }
}

export function* main(port = '8443', key = 'key.pem', cert = 'cert.pem'): Coroutine<void> {
  const server = yield* startServer(serveOne, {
    host: '127.0.0.1',
    port: Number(port),
    tls: { key: readFileSync(key), cert: readFileSync(cert), ALPNProtocols: ['http/1.1'] },
  });
  console.log(`https://localhost:${server.sockets[0]!.getsockname().port}/`);
  yield* asyncWith(server, () => server.serveForever());
}
