/** Compiled by `tsc -p .`, never run: what TypeScript infers for structured/. */
import {
  type AsyncContextManager,
  type AsyncCoroutineGenerator,
  AsyncExitStack,
  type AsyncIter,
  aclosing,
  asCompleted,
  asyncFor,
  asyncGenerator,
  asyncIter,
  asyncWith,
  BREAK,
  type Coroutine,
  collect,
  createTask,
  type Emit,
  type ExceptionGroup,
  type Future,
  gather,
  Lock,
  shield,
  sleep,
  type Task,
  TaskGroup,
  TimeoutError,
  timeout,
  timeoutAt,
  toAsyncIterable,
  wait,
  waitFor,
} from 'tsyncio';
import { exactly } from './exactly.ts';

declare const promise: Promise<boolean>;
declare const future: Future<number>;
declare const native: AsyncIterable<string>;

function* serve(customer: string): Coroutine<string> {
  yield* sleep(1);
  return customer;
}

export function* gathering(): Coroutine<void> {
  exactly<[string, number, boolean]>()(yield* gather([serve('Ann'), future, promise]));
  const [name, count] = yield* gather([serve('Ann'), future]);
  exactly<string>()(name);
  exactly<number>()(count);
  exactly<[string | Error, number | Error]>()(yield* gather([serve('Ann'), future], { returnExceptions: true }));
  exactly<string[]>()(yield* gather(['Ann', 'Bob'].map(serve)));
  exactly<(string | Error)[]>()(yield* gather(['Ann'].map(serve), { returnExceptions: true }));
  exactly<number[]>()(yield* gather(new Set([future])));
  exactly<[]>()(yield* gather([]));
  // @ts-expect-error: a number cannot be awaited
  gather([1]);
}

export function* waiting(): Coroutine<void> {
  const task = createTask(serve('Ann'));
  const { done, pending } = yield* wait([task], { timeout: 10, returnWhen: 'FIRST_COMPLETED' });
  exactly<Set<Task<string>>>()(done);
  exactly<Set<Task<string>>>()(pending);
  const mixed = yield* wait([task, future]);
  exactly<Set<Task<string> | Future<number>>>()(mixed.done);
  exactly<string>()(yield* waitFor(serve('Ann'), 10));
  exactly<number>()(yield* waitFor(future, undefined));
  exactly<boolean>()(yield* waitFor(promise, 10));
  exactly<Future<string>>()(shield(serve('Ann')));
  exactly<number>()(yield* shield(future));
  for (const next of asCompleted([serve('Ann'), serve('Bob')])) exactly<string>()(yield* next);
  for (const next of asCompleted([task, future])) exactly<string | number>()(yield* next);
  yield* asyncFor(asCompleted([task]), function* (finished) {
    exactly<Task<string>>()(finished);
  });
  // @ts-expect-error: no such mode
  wait([task], { returnWhen: 'SOMETIME' });
}

class Swallowing implements AsyncContextManager<number> {
  *enter(): Coroutine<number> {
    return 1;
  }
  *exit(): Coroutine<boolean> {
    return true;
  }
}

export function* contextManagers(): Coroutine<void> {
  const group = yield* asyncWith(new TaskGroup(), function* (group) {
    exactly<TaskGroup>()(group);
    exactly<Task<string>>()(group.createTask(serve('Ann')));
    return group.createTask(serve('Bob'));
  });
  exactly<Task<string>>()(group);
  exactly<string>()(yield* asyncWith(timeout(10), serve('Ann')));
  exactly<number>()(
    yield* asyncWith(timeoutAt(10), function* (deadline) {
      exactly<number | undefined>()(deadline.when());
      return 1;
    }),
  );
  exactly<boolean>()(
    yield* asyncWith(new Lock(), function* (value) {
      exactly<void>()(value);
      return true;
    }),
  );
  // One that may swallow the error may leave without a result.
  exactly<string | undefined>()(yield* asyncWith(new Swallowing(), () => serve('Ann')));
  exactly<string>()(
    yield* asyncWith(aclosing(asyncGenerator<number>(function* () {})), function* (generator) {
      exactly<AsyncCoroutineGenerator<number>>()(generator);
      return 'over';
    }),
  );
  yield* asyncWith(new AsyncExitStack(), function* (stack) {
    exactly<AsyncExitStack>()(stack);
    exactly<number>()(yield* stack.enterContext(new Swallowing()));
    exactly<void>()(yield* stack.enterContext(new Lock()));
    const close = stack.callback(() => 1);
    exactly<() => number>()(close);
    exactly<AsyncExitStack>()(stack.popAll());
  });
}

export function groups(error: ExceptionGroup): void {
  exactly<[ExceptionGroup | undefined, ExceptionGroup | undefined]>()(error.split(TimeoutError));
  exactly<ExceptionGroup | undefined>()(error.subgroup((one) => one instanceof TimeoutError));
  exactly<unknown[]>()(error.exceptions);
}

export function* generators(): Coroutine<void> {
  const numbers = asyncGenerator(function* (emit) {
    yield* sleep(1);
    yield* emit(1);
  });
  exactly<AsyncCoroutineGenerator<number>>()(numbers);
  exactly<AsyncCoroutineGenerator<string | number>>()(
    asyncGenerator(function* (emit) {
      yield* emit(1);
      yield* emit('one');
    }),
  );
  // What is emitted inside of asyncFor and asyncWith counts as well.
  exactly<AsyncCoroutineGenerator<string>>()(
    asyncGenerator(function* (emit) {
      yield* asyncFor(numbers, function* (n) {
        yield* asyncWith(new Lock(), function* () {
          yield* emit(`${n}`);
        });
      });
    }),
  );
  const helper = function* (emit: Emit<string, number>): Coroutine<void> {
    exactly<number>()(yield* emit('text'));
  };
  const declared = asyncGenerator<string, number>(function* (emit) {
    yield* helper(emit);
    // @ts-expect-error: what is emitted has the declared type
    yield* emit(1);
  });
  exactly<AsyncCoroutineGenerator<string, number>>()(declared);
  exactly<IteratorResult<string, undefined>>()(yield* declared.asend(1));
  exactly<IteratorResult<string, undefined>>()(yield* declared.next());
  exactly<IteratorResult<string, undefined>>()(yield* declared.athrow(new Error('no')));
  exactly<void>()(yield* declared.aclose());
  // @ts-expect-error: what is sent has the declared type
  declared.asend('1');
  exactly<AsyncIterableIterator<number, undefined>>()(toAsyncIterable(numbers));
}

export function* iteration(): Coroutine<void> {
  const numbers = asyncGenerator<number>(function* (emit) {
    yield* emit(1);
  });
  yield* asyncFor(numbers, function* (n) {
    exactly<number>()(n);
    if (n > 3) return BREAK;
    return undefined;
  });
  yield* asyncFor(native, function* (text) {
    exactly<string>()(text);
  });
  exactly<number[]>()(yield* collect(numbers));
  exactly<string[]>()(yield* collect(native));
  exactly<[string, boolean][]>()(yield* collect(new Map([['a', true]])));
  exactly<AsyncIter<string>>()(asyncIter(numbers).map((n) => `${n}`));
  exactly<AsyncIter<string>>()(asyncIter(numbers).map((n) => serve(`${n}`)));
  exactly<AsyncIter<{ n: number }>>()(
    asyncIter(numbers).map(function* (n) {
      yield* sleep(1);
      return { n };
    }),
  );
  exactly<AsyncIter<'a'>>()(asyncIter(['a', 'b'] as const).filter((one): one is 'a' => one === 'a'));
  exactly<AsyncIter<number>>()(
    asyncIter(numbers)
      .filter((n) => n > 1)
      .take(1)
      .drop(1),
  );
  exactly<AsyncIter<string>>()(asyncIter(numbers).flatMap(() => native));
  exactly<AsyncIter<boolean>>()(
    asyncIter(numbers).flatMap(function* () {
      yield* sleep(1);
      return [true];
    }),
  );
  exactly<AsyncIter<[index: number, item: string]>>()(asyncIter(native).enumerate());
  exactly<AsyncIter<[number, string, boolean]>>()(asyncIter(numbers).zip(native, [true]));
  exactly<AsyncIter<number | string>>()(asyncIter(numbers).concat(native));
  exactly<number>()(yield* asyncIter(native).reduce((total, text) => total + text.length, 0));
  // @ts-expect-error: a number cannot be walked over
  asyncIter(1);
}
