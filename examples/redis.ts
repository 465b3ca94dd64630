/**
 * Redis by `ioredis`: a list as a queue between tasks, and news by publish and subscribe, as events.
 *
 *   npx tsyncio run examples/redis.ts redis://localhost
 */
import { Redis } from 'ioredis';
import { asyncFor, type Coroutine, createTask, gather, on, once, wrapFuture } from 'tsyncio';

/** Takes orders until it is cancelled. The blocking command has a connection of its own, which ends with the task. */
function* waiter(address: string, name: string, served: string[]): Coroutine<void> {
  const redis = new Redis(address);
  try {
    for (;;) {
      const [, drink] = (yield* wrapFuture(redis.blpop('orders', 0)))!;
      served.push(drink);
      yield* wrapFuture(redis.publish('news', `${name} serves ${drink}`));
    }
  } finally {
    redis.disconnect();
  }
}

/** Each of the first `count` messages on the channel. */
function* readNews(news: Redis, count: number): Coroutine<void> {
  let left = count;
  const messages = on<[channel: string, text: string]>(news, 'message', { close: ['end'] });
  yield* asyncFor(messages, function* ([channel, text]) {
    console.log(`${channel}: ${text.replace(/^\w+/, 'a waiter')}`);
    left -= 1;
    if (left === 0) news.disconnect();
  });
}

export function* main(address = 'redis://localhost'): Coroutine<void> {
  const redis = new Redis(address);
  const news = new Redis(address);
  try {
    yield* wrapFuture(redis.del('orders'));
    yield* wrapFuture(news.subscribe('news'));
    const served: string[] = [];
    const waiters = ['Ann', 'Bob'].map((name) => createTask(waiter(address, name, served)));
    const reading = createTask(readNews(news, 4));
    for (const drink of ['beer', 'wine', 'tea', 'water']) yield* wrapFuture(redis.rpush('orders', drink));
    yield* reading;
    for (const task of waiters) task.cancel();
    const ends = yield* gather(waiters, { returnExceptions: true });
    console.log(`${served.length} drinks; ${ends.map((end) => (end as unknown as Error).name).join(', ')}`);
  } finally {
    const closed = once(redis, 'end');
    redis.disconnect();
    news.disconnect();
    yield* closed;
  }
}
