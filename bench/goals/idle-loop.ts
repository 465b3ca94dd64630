/** A loop that waits: a server that nobody calls and a sleep. Prints the CPU time used while it waited. */
import { type Coroutine, run, sleep, startServer } from '../../src/index.ts';

/** In milliseconds: the first second is for starting and compiling. */
const SETTLE_MS = 1_000;
const IDLE_MS = 5_000;

function* main(): Coroutine<number> {
  const server = yield* startServer(function* () {}, { host: '127.0.0.1', port: 0 });
  yield* sleep(SETTLE_MS);
  const before = process.cpuUsage();
  yield* sleep(IDLE_MS);
  const used = process.cpuUsage(before);
  server.close();
  return (used.user + used.system) / 1000;
}

console.log(JSON.stringify({ cpuMs: await run(main()), idleMs: IDLE_MS }));
