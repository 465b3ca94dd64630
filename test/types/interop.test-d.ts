/** Compiled by `tsc -p .`, never run: what TypeScript infers for interop/. */
import {
  type CancellablePromise,
  type Coroutine,
  type EventLoop,
  followAsyncLocalStorage,
  runCoroutineThreadsafe,
  sleep,
} from 'tsyncio';
import { exactly } from './exactly.ts';

declare const loop: EventLoop;
declare const signal: AbortSignal;

function* serve(customer: string): Coroutine<string> {
  yield* sleep(1);
  return customer;
}

exactly<EventLoop>()(followAsyncLocalStorage());
exactly<EventLoop>()(followAsyncLocalStorage(loop));

exactly<CancellablePromise<string>>()(runCoroutineThreadsafe(serve('Ann'), loop));
exactly<CancellablePromise<string>>()(runCoroutineThreadsafe(serve('Ann'), loop, { signal }));
exactly<string>()(await runCoroutineThreadsafe(serve('Ann'), loop));
exactly<boolean>()(runCoroutineThreadsafe(serve('Ann'), loop).cancel('closing time'));
// @ts-expect-error: the loop must be given
runCoroutineThreadsafe(serve('Ann'));
