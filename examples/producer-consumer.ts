/**
 * A kitchen: two cooks put dishes on a counter with room for three, three waiters carry them away.
 *
 *   npx tsyncio run examples/producer-consumer.ts
 */
import { asyncWith, type Coroutine, Queue, QueueShutDown, sleep, TaskGroup } from 'tsyncio';

const ROOM_ON_THE_COUNTER = 3;
const DISHES_PER_COOK = 6;
const COOKING_MS = 4;
const CARRYING_MS = 10;

function* cook(name: string, counter: Queue<string>): Coroutine<void> {
  for (let number = 1; number <= DISHES_PER_COOK; number += 1) {
    yield* sleep(COOKING_MS);
    // Waits while the counter is full: the cooks are never further ahead than that.
    yield* counter.put(`${name}'s dish ${number}`);
  }
}

function* waiter(name: string, counter: Queue<string>): Coroutine<number> {
  let carried = 0;
  try {
    for (;;) {
      const dish = yield* counter.get();
      yield* sleep(CARRYING_MS);
      console.log(`${name} carries ${dish}, ${counter.qsize()} on the counter`);
      counter.taskDone();
      carried += 1;
    }
  } catch (error) {
    // The kitchen has closed, and nothing is left on the counter.
    if (!(error instanceof QueueShutDown)) throw error;
    return carried;
  }
}

export function* main(): Coroutine<void> {
  const counter = new Queue<string>(ROOM_ON_THE_COUNTER);
  const waiters = yield* asyncWith(new TaskGroup(), function* (room) {
    const serving = ['Wim', 'Wes', 'Wyn'].map((name) => room.createTask(waiter(name, counter)));
    yield* asyncWith(new TaskGroup(), function* (kitchen) {
      for (const name of ['Carl', 'Cora']) kitchen.createTask(cook(name, counter));
    });
    console.log('the cooks go home');
    counter.shutdown();
    return serving;
  });
  const dishes = waiters.map((task) => task.result()).reduce((sum, carried) => sum + carried);
  console.log(`${dishes} dishes were carried`);
}
