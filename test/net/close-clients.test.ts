/** `Server.closeClients` and `abortClients` where a connection has gone on with TLS: the server knows it as it came. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Coroutine, Event, OSError } from 'tsyncio';
import { closeServer, connect, onEachDriver, serve } from './drivers.ts';
import { ca, server as certificate, tlsOf } from './tls-fixtures.ts';

/** The error with which it ends, if it does. */
function* ending(coroutine: Coroutine<unknown>): Coroutine<unknown> {
  try {
    yield* coroutine;
    return undefined;
  } catch (error) {
    return error;
  }
}

onEachDriver((on) => {
  for (const how of ['closeClients', 'abortClients'] as const) {
    test(`${how} after startTls ends the connection at both ends`, () =>
      on.run(function* () {
        const upgraded = new Event();
        const over = new Event();
        const server = yield* serve(function* (reader, writer) {
          yield* writer.startTls(certificate);
          upgraded.set();
          assert.equal((yield* reader.read()).length, 0);
          over.set();
        });
        const [reader, writer] = yield* connect(server);
        yield* writer.startTls({ ca }, { serverHostname: 'localhost' });
        yield* upgraded.wait();
        server[how]();
        yield* over.wait();
        if (how === 'closeClients') {
          // As asyncio: the connection below is closed, without the goodbye of TLS.
          assert.equal((yield* reader.read()).length, 0);
          assert.equal(tlsOf(writer).truncated, true);
          writer.close();
          yield* writer.waitClosed();
        } else {
          const error = yield* ending(reader.read());
          // Behind data that was not read (tickets of TLS) Node shows an orderly end.
          if (on.io !== 'node') assert.ok(error instanceof OSError && error.code === 'ECONNRESET');
          writer.transport.abort();
          yield* ending(writer.waitClosed());
        }
        yield* closeServer(server);
      }));
  }
});
