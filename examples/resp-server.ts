/**
 * A small Redis: strings, counters, lists, and keys that expire. A BufferedProtocol, with pipelining: all commands that
 * came together are answered by one write.
 *
 *   npx tsyncio run examples/resp-server.ts 6379
 *   redis-benchmark -t ping,set,get,incr,lpush,lrange -P 16
 */
import { asyncWith, type Coroutine, getRunningLoop } from 'tsyncio';
import { Connection } from './resp-server/connection.ts';
import { Store } from './resp-server/store.ts';

export function* main(port = '6379'): Coroutine<void> {
  const store = new Store(getRunningLoop());
  const options = { host: '127.0.0.1', port: Number(port), backlog: 1024 };
  const server = yield* getRunningLoop().createServer(() => new Connection(store), options);
  console.log(`redis://127.0.0.1:${server.sockets[0]!.getsockname().port}`);
  try {
    yield* asyncWith(server, () => server.serveForever());
  } finally {
    store.clear();
  }
}
