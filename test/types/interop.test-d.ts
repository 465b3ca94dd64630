/** Compiled by `tsc -p .`, never run: what TypeScript infers for interop/. */
import { EventEmitter } from 'node:events';
import type { Server, Socket } from 'node:net';
import {
  asyncFor,
  asyncWith,
  type CancellablePromise,
  type Coroutine,
  cancelOn,
  type EventLoop,
  type EventStream,
  type Future,
  followAsyncLocalStorage,
  on,
  once,
  Runner,
  run,
  runCoroutineThreadsafe,
  type SignalScope,
  sleep,
  taskSignal,
} from 'tsyncio';
import { WebSocket } from 'ws';
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

exactly<AbortSignal>()(taskSignal());
exactly<SignalScope>()(cancelOn(signal));
export function* untilAborted(): Coroutine<void> {
  exactly<string>()(yield* asyncWith(cancelOn(signal), serve('Ann')));
  yield* asyncWith(cancelOn(signal), function* (given) {
    exactly<AbortSignal>()(given);
  });
}
exactly<string>()(await run(serve('Ann'), { signal }));
exactly<string>()(await new Runner().run(serve('Ann'), { signal }));
// @ts-expect-error: a controller is no signal
cancelOn(new AbortController());

declare const server: Server;
declare const target: EventTarget;
export function* listening(): Coroutine<void> {
  exactly<Future<unknown[]>>()(once(server, 'listening'));
  exactly<[Socket]>()(yield* once<[Socket]>(server, 'connection', { signal }));
  exactly<[Event]>()(yield* once(target, 'order'));
  exactly<[Event]>()(yield* once(signal, 'abort'));
  exactly<unknown[]>()(yield* once(new EventEmitter<{ order: [string] }>(), 'order'));
  exactly<unknown[]>()(yield* once(new WebSocket('ws://localhost'), 'open'));
  exactly<EventStream<[Socket]>>()(on<[Socket]>(server, 'connection', { close: ['close'] }));
  yield* asyncFor(on(target, 'order'), function* ([event]) {
    exactly<Event>()(event);
  });
  // @ts-expect-error: a string emits no events
  once('server', 'listening');
}
