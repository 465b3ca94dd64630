/** Compiled by `tsc -p .`, never run: what TypeScript infers for core/, loop/ and interop/. */
import {
  type AwaitedOf,
  allTasks,
  type Context,
  ContextVar,
  type Coroutine,
  type CoroutineFunction,
  copyContext,
  coroutine,
  createTask,
  currentTask,
  type EventLoop,
  ensureFuture,
  Future,
  getRunningLoop,
  type Handle,
  isCoroutine,
  isCoroutineFunction,
  isFuture,
  newEventLoop,
  Runner,
  run,
  sleep,
  Task,
  type TimerHandle,
  type Token,
  wrapFuture,
} from 'tsyncio';
import { runVirtual } from 'tsyncio/testing';
import { exactly } from './exactly.ts';

declare const unknownValue: unknown;
declare const promise: Promise<string>;

function* serve(customer: string): Coroutine<string> {
  yield* sleep(1);
  return customer;
}

/** Without a declared type. */
function* inferred() {
  yield* sleep(1);
  return { beers: 2 };
}

export function* coroutines(): Coroutine<void> {
  exactly<string>()(yield* serve('Ann'));
  exactly<{ beers: number }>()(yield* inferred());
  exactly<void>()(yield* sleep(1));
  exactly<'tea'>()(yield* sleep(1, 'tea' as const));
  exactly<number>()(yield* sleep(1, 5));
  const marked = coroutine(serve);
  exactly<CoroutineFunction<[customer: string], string>>()(marked);
  // @ts-expect-error: the parameters are kept
  marked(1);
  // @ts-expect-error: yield cannot suspend, only yield* can
  yield 1;
  if (isCoroutine(unknownValue)) exactly<Coroutine<unknown>>()(unknownValue);
  if (isCoroutineFunction(unknownValue)) exactly<CoroutineFunction<never[], unknown>>()(unknownValue);
  if (isFuture(unknownValue)) exactly<Future<unknown>>()(unknownValue);
}

export function* futures(): Coroutine<void> {
  const future = new Future<number>();
  exactly<number>()(yield* future);
  exactly<number>()(future.result());
  exactly<unknown>()(future.exception());
  exactly<boolean>()(future.cancel());
  future.addDoneCallback((done) => exactly<Future<number>>()(done));
  // @ts-expect-error: the result has the future's type
  future.setResult('1');
  // @ts-expect-error: an exception is an Error
  future.setException('failed');
  exactly<Promise<number>>()(future.then());
  exactly<Promise<string>>()(future.then((n) => `${n}`));
  exactly<Future<string>>()(wrapFuture(promise));
  exactly<Future<Response>>()(wrapFuture((signal) => fetch('http://localhost', { signal })));
  exactly<Future<number>>()(wrapFuture(future));
}

export function* tasks(): Coroutine<void> {
  const task = createTask(serve('Ann'), { name: 'Ann' });
  exactly<Task<string>>()(task);
  exactly<string>()(yield* task);
  exactly<Coroutine<string>>()(task.getCoro());
  exactly<Context>()(task.getContext());
  exactly<Task<{ beers: number }>>()(createTask(inferred()));
  exactly<Task<string>>()(createTask(promise));
  exactly<Task<string>>()(new Task(serve('Bob')));
  task.addDoneCallback((done) => exactly<Task<string>>()(done));
  exactly<Future<string>>()(ensureFuture(task));
  exactly<Future<string>>()(ensureFuture(serve('Ann')));
  exactly<Future<string>>()(ensureFuture(promise));
  exactly<Task<unknown> | undefined>()(currentTask());
  exactly<Set<Task<unknown>>>()(allTasks());
  // @ts-expect-error: a coroutine function has to be called
  createTask(serve);
  // @ts-expect-error: a value is no coroutine
  createTask(1);
}

export function awaited(
  a: AwaitedOf<Coroutine<string>>,
  b: AwaitedOf<Task<number>>,
  c: AwaitedOf<Promise<boolean>>,
): void {
  exactly<string>()(a);
  exactly<number>()(b);
  exactly<boolean>()(c);
}

export function contexts(): void {
  const user = new ContextVar<string>('user', { defaultValue: 'nobody' });
  exactly<string>()(user.get());
  exactly<Token<string>>()(user.set('Ann'));
  exactly<string | undefined>()(copyContext().get(user));
  exactly<number>()(copyContext().run(() => 1));
  // @ts-expect-error: the value has the variable's type
  user.set(1);
}

export async function running(): Promise<void> {
  exactly<string>()(await run(serve('Ann')));
  exactly<{ beers: number }>()(await run(inferred));
  exactly<{ beers: number }>()(runVirtual(inferred));
  exactly<string>()(runVirtual(() => serve('Ann')));
  const runner = new Runner();
  exactly<string>()(await runner.run(serve('Ann')));
  exactly<EventLoop>()(newEventLoop());
  // @ts-expect-error: main is a coroutine or a function that gives one
  await run(1);
}

export function* loop(): Coroutine<void> {
  const loop = getRunningLoop();
  exactly<EventLoop>()(loop);
  exactly<number>()(loop.time());
  exactly<Handle>()(loop.callSoon(() => {}));
  exactly<TimerHandle>()(loop.callLater(1, () => {}));
  exactly<TimerHandle>()(loop.callAt(1, () => {}));
  exactly<Future<string>>()(loop.createFuture<string>());
  exactly<Task<string>>()(loop.createTask(serve('Ann')));
  exactly<void>()(yield* loop.shutdownAsyncGens());
}
