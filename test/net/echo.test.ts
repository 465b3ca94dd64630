import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { createTask, gather, getRunningLoop } from 'tsyncio';
import { closeServer, closeWriter, connect, echo, onEachDriver, serve } from './drivers.ts';

onEachDriver((on) => {
  test('echoes what comes, in order', () =>
    on.run(function* () {
      const server = yield* serve(echo);
      const [reader, writer] = yield* connect(server);
      for (let i = 0; i < 100; i += 1) {
        writer.write(Buffer.from(`message ${i}\n`));
        yield* writer.drain();
        assert.equal(String(yield* reader.readLine()), `message ${i}\n`);
      }
      yield* closeWriter(writer);
      yield* closeServer(server);
    }));

  test('names its driver and counts what it does', () =>
    on.run(function* () {
      const loop = getRunningLoop();
      assert.deepEqual(loop.driverInfo, { name: undefined, fallbacks: [] });
      const server = yield* serve(echo);
      assert.deepEqual(loop.driverInfo, { name: on.io, fallbacks: [] });
      assert.match(String(loop), new RegExp(`io=${on.io} `));
      assert.equal(loop.statistics.sockets, 1);
      assert.equal(loop.statistics.inFlight, 1);
      yield* closeServer(server);
      assert.ok(loop.statistics.looks > 0 && loop.statistics.syscalls > 0);
    }));

  test('2,000 connections at once, each gets its own bytes', () =>
    on.run(function* () {
      const server = yield* serve(echo, { backlog: 2_000 });
      const pairs = yield* gather(Array.from({ length: 2_000 }, () => connect(server)));
      yield* gather(
        pairs.map(function* ([reader, writer], i) {
          writer.write(Buffer.from(`customer ${i}\n`));
          assert.equal(String(yield* reader.readLine()), `customer ${i}\n`);
          yield* closeWriter(writer);
        }),
      );
      yield* closeServer(server);
    }));

  test('8 MiB both ways at the same time', () =>
    on.run(function* () {
      const data = randomBytes(8 * 1024 * 1024);
      const server = yield* serve(echo);
      const [reader, writer] = yield* connect(server);
      const writing = createTask(
        (function* () {
          for (let i = 0; i < data.length; i += 100_000) {
            writer.write(data.subarray(i, i + 100_000));
            yield* writer.drain();
          }
          writer.writeEof();
        })(),
      );
      const back = yield* reader.read();
      yield* writing;
      assert.ok(back.equals(data));
      yield* closeWriter(writer);
      yield* closeServer(server);
    }));

  test('8 MiB in one write', () =>
    on.run(function* () {
      const data = randomBytes(8 * 1024 * 1024);
      const server = yield* serve(echo);
      const [reader, writer] = yield* connect(server);
      writer.write(data);
      assert.ok((yield* reader.readExactly(data.length)).equals(data));
      yield* closeWriter(writer);
      yield* closeServer(server);
    }));
});
