/** Compiled by `tsc -p .`, never run: what TypeScript infers for sync/. */
import {
  asyncWith,
  Barrier,
  BoundedSemaphore,
  Condition,
  type Coroutine,
  Event,
  type Hold,
  LifoQueue,
  Lock,
  PriorityQueue,
  Queue,
  Semaphore,
} from 'tsyncio';
import { exactly } from './exactly.ts';

export function* locks(): Coroutine<void> {
  const lock = new Lock();
  exactly<Hold>()(yield* lock.acquire());
  {
    using hold = yield* lock.acquire();
    exactly<boolean>()(hold.held);
  }
  exactly<Hold>()(yield* new Semaphore(2).acquire());
  exactly<Hold>()(yield* new BoundedSemaphore().acquire());
  exactly<boolean>()(lock.locked());
  exactly<true>()(yield* new Event().wait());
  const condition = new Condition(lock);
  exactly<true>()(yield* condition.wait());
  exactly<number>()(yield* condition.waitFor(() => 1));
  exactly<string>()(
    yield* asyncWith(condition, function* () {
      return 'held';
    }),
  );
  const barrier = new Barrier(2);
  exactly<number>()(yield* barrier.wait());
  exactly<number>()(
    yield* asyncWith(barrier, function* (index) {
      return index;
    }),
  );
  // @ts-expect-error: an event is no lock
  new Condition(new Event());
  // @ts-expect-error: a number is needed
  new Barrier();
}

export function* queues(): Coroutine<void> {
  const queue = new Queue<string>(1);
  exactly<string>()(yield* queue.get());
  exactly<string>()(queue.getNowait());
  exactly<void>()(yield* queue.put('beer'));
  exactly<void>()(yield* queue.join());
  // @ts-expect-error: items have the queue's type
  queue.putNowait(1);
  const patients = new PriorityQueue(0, { compare: (a: { urgency: number }, b) => a.urgency - b.urgency });
  exactly<{ urgency: number }>()(yield* patients.get());
  exactly<number>()(yield* new PriorityQueue<number>().get());
  exactly<number>()(yield* new LifoQueue<number>().get());
  const any: Queue<number> = new LifoQueue<number>();
  exactly<number>()(any.qsize());
}
