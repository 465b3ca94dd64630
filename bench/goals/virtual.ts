/** `runVirtual` of 100,000 tasks, each of which sleeps five times. Prints the milliseconds that it took. */
import { type Coroutine, createTask, gather, sleep, type Task } from '../../src/index.ts';
import { runVirtual } from '../../src/testing/index.ts';

const TASKS = 100_000;
const SLEEPS = 5;

function* sleeper(i: number): Coroutine<number> {
  for (let k = 0; k < SLEEPS; k++) yield* sleep(1 + ((i * 7919 + k * 104_729) % 1000));
  return SLEEPS;
}

function* main(): Coroutine<number> {
  const tasks: Task<number>[] = [];
  for (let i = 0; i < TASKS; i++) tasks.push(createTask(sleeper(i)));
  let sleeps = 0;
  for (const count of yield* gather(tasks)) sleeps += count;
  return sleeps;
}

const from = performance.now();
const sleeps = runVirtual(main());
const ms = performance.now() - from;
if (sleeps !== TASKS * SLEEPS) throw new Error(`${sleeps} sleeps instead of ${TASKS * SLEEPS}`);
console.log(JSON.stringify({ ms }));
