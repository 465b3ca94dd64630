/** Echo over streams; with the word "tls", over TLS. */
import { type Coroutine, run, startServer } from '../../../src/index.ts';
import { readCertificate } from '../../lib/certificate.ts';
import { echo } from '../../lib/stream-echo.ts';

function* main(): Coroutine<void> {
  const tls = process.argv[2] === 'tls' ? readCertificate() : undefined;
  const server = yield* startServer(echo, { host: '127.0.0.1', port: 0, backlog: 4096, tls });
  console.log(`port ${server.sockets[0]!.getsockname().port}`);
  yield* server.serveForever();
}

await run(main());
