/** Compiled by `tsc -p .`, never run: what TypeScript infers for interop/. */
import { EventEmitter } from 'node:events';
import type { Server, Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import type { ReadableStream, WritableStream } from 'node:stream/web';
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
  fromDuplex,
  fromReadable,
  fromWritable,
  on,
  once,
  Runner,
  run,
  runCoroutineThreadsafe,
  type SignalScope,
  type StreamDuplex,
  type StreamReader,
  type StreamWriter,
  sleep,
  taskSignal,
  toDuplex,
  toReadable,
  toReadableStream,
  toWritable,
  toWritableStream,
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

declare const reader: StreamReader;
declare const writer: StreamWriter;
declare const socket: Socket;
exactly<Readable>()(toReadable(reader));
exactly<Writable>()(toWritable(writer));
exactly<StreamDuplex>()(toDuplex(reader, writer));
exactly<ReadableStream<Uint8Array>>()(toReadableStream(reader));
exactly<WritableStream<Uint8Array>>()(toWritableStream(writer));
exactly<StreamReader>()(fromReadable(socket, { limit: 1_000 }));
exactly<StreamReader>()(fromReadable(process.stdin));
exactly<StreamReader>()(fromReadable((await fetch('http://localhost')).body!));
exactly<StreamReader>()(fromReadable(new Blob([]).stream()));
exactly<StreamWriter>()(fromWritable(process.stdout));
exactly<[StreamReader, StreamWriter]>()(fromDuplex(socket));
exactly<[StreamReader, StreamWriter]>()(fromDuplex({ readable: process.stdin, writable: process.stdout }));
exactly<[StreamReader, StreamWriter]>()(fromDuplex(new CompressionStream('gzip')));
// @ts-expect-error: the halves the wrong way round
toDuplex(writer, reader);
