import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { setTimeout as nodeTimeout } from 'node:timers/promises';
import { asyncWith, createTask, gather, getRunningLoop, sleep, TimeoutError, timeout, wrapFuture } from 'tsyncio';
import { closeServer, closeWriter, connect, echo, onEachDriver, serve, thrownBy } from './drivers.ts';

onEachDriver((on) => {
  test('idle: nobody looks around', () =>
    on.run(function* () {
      const server = yield* serve(echo);
      const [, writer] = yield* connect(server);
      // Each pass of Node's loop may bring a look, and Node has things of its own to do after its start: until it is
      // quiet. A loop that spins is never quiet.
      let looks = Number.POSITIVE_INFINITY;
      for (let windows = 0; windows < 20 && looks > 10; windows += 1) {
        const before = getRunningLoop().statistics.looks;
        yield* wrapFuture(nodeTimeout(50));
        looks = getRunningLoop().statistics.looks - before;
      }
      assert.ok(looks <= 10, `${looks} looks in 50 ms`);
      yield* closeWriter(writer);
      yield* closeServer(server);
    }));

  test('traffic without end does not starve timers, files and requests of Node', () =>
    on.run(function* () {
      const server = yield* serve(echo);
      const web = createServer((_request, response) => response.end('from node'));
      yield* wrapFuture(new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve)));
      let stop = false;
      const customers = Array.from({ length: 4 }, () =>
        createTask(
          (function* () {
            const [reader, writer] = yield* connect(server);
            let count = 0;
            for (; !stop; count += 1) {
              writer.write(Buffer.from('again\n'));
              yield* reader.readLine();
            }
            yield* closeWriter(writer);
            return count;
          })(),
        ),
      );
      const url = `http://127.0.0.1:${(web.address() as AddressInfo).port}/`;
      yield* wrapFuture(nodeTimeout(5));
      const text = yield* wrapFuture((signal) => fetch(url, { signal }).then((response) => response.text()));
      assert.equal(text, 'from node');
      assert.match(String(yield* wrapFuture(readFile('package.json'))), /tsyncio/);
      stop = true;
      for (const count of yield* gather(customers)) assert.ok(count > 0);
      web.closeAllConnections();
      yield* wrapFuture(new Promise<void>((resolve) => web.close(() => resolve())));
      yield* closeServer(server);
    }));

  test('timers and reads side by side', () =>
    on.run(function* () {
      const server = yield* serve(function* (reader, writer) {
        for (;;) {
          const line = yield* reader.readLine();
          if (line.length === 0) break;
          yield* sleep(Number(line));
          writer.write(Buffer.from('ready\n'));
        }
        yield* closeWriter(writer);
      });
      const [reader, writer] = yield* connect(server);
      writer.write(Buffer.from('0.3\n'));
      assert.equal(String(yield* reader.readLine()), 'ready\n');
      const late = asyncWith(timeout(1), () => reader.readLine());
      assert.ok((yield* thrownBy(late)) instanceof TimeoutError);
      writer.write(Buffer.from('1\n'));
      assert.equal(String(yield* reader.readLine()), 'ready\n');
      yield* closeWriter(writer);
      yield* closeServer(server);
    }));

  test('a process whose main is done ends, with connections open; one that can never go on is told so', () => {
    const script = `
      import { run, startServer, openConnection, Future } from 'tsyncio';
      const serve = function* (reader) { yield* reader.read(); };
      const open = function* () {
        const server = yield* startServer(serve, { host: '127.0.0.1', port: 0 });
        const { port } = server.sockets[0].getsockname();
        return [server, ...(yield* openConnection({ host: '127.0.0.1', port }))];
      };
      await run(open);
      console.log('first is over');
      await run(function* () {
        const [server, , writer] = yield* open();
        writer.close();
        yield* writer.waitClosed();
        server.close();
        server.abortClients();
        yield* server.waitClosed();
        yield* new Future();
      }).catch((error) => console.log(error.name));
    `;
    const words = ['--conditions=@tsyncio/source', '--import', 'tsx', '--input-type=module', '-e', script];
    const env = { ...process.env, NODE_OPTIONS: '', TSYNCIO_IO: on.io };
    const child = spawnSync(process.execPath, words, { env, encoding: 'utf8' });
    assert.equal(child.stdout, 'first is over\nDeadlockError\n', child.stderr);
    assert.equal(child.status, 0);
  });
});
