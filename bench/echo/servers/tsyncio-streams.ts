/** Echo over streams; with the word "tls", over TLS. */
import { type Coroutine, run, type StreamReader, type StreamWriter, startServer } from '../../../src/index.ts';
import { readCertificate } from '../../lib/certificate.ts';

/** In bytes, as in the other servers that read by asking. */
const READ_SIZE = 65_536;

function* serve(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
  try {
    for (;;) {
      const bytes = yield* reader.read(READ_SIZE);
      if (bytes.length === 0) break;
      writer.write(bytes);
      yield* writer.drain();
    }
  } finally {
    writer.close();
  }
}

function* main(): Coroutine<void> {
  const tls = process.argv[2] === 'tls' ? readCertificate() : undefined;
  const server = yield* startServer(serve, { host: '127.0.0.1', port: 0, backlog: 4096, tls });
  console.log(`port ${server.sockets[0]!.getsockname().port}`);
  yield* server.serveForever();
}

await run(main());
