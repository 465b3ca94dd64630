/** Libraries of npm, cancelled in the middle. */
import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import {
  asyncFor,
  asyncWith,
  CancelledError,
  type Coroutine,
  cancelOn,
  createTask,
  on,
  once,
  run,
  TimeoutError,
  taskSignal,
  timeout,
  wrapFuture,
} from 'tsyncio';
import { Agent, request } from 'undici';
import { type RawData, WebSocket, WebSocketServer } from 'ws';
import { outcome } from '../support/collect-errors.ts';

function* listening(server: Server): Coroutine<string> {
  const ready = once(server, 'listening');
  server.listen(0, '127.0.0.1');
  yield* ready;
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function* closed(server: Server): Coroutine<void> {
  const gone = once(server, 'close');
  server.close();
  server.closeAllConnections();
  yield* gone;
}

test('undici: cancelled, timed out and aborted requests; the pool can still be used, no listener is left', () =>
  run(function* () {
    const web = createServer((asked, response) => {
      if (asked.url === '/quick') response.end('beer');
      else response.write('the beginning');
    });
    const url = yield* listening(web);
    const dispatcher = new Agent({ connections: 1 });
    const signals: AbortSignal[] = [];
    function* ask(path: string): Coroutine<string> {
      const signal = taskSignal();
      signals.push(signal);
      const { body } = yield* wrapFuture(request(url + path, { dispatcher, signal }));
      return yield* wrapFuture(body.text());
    }
    assert.equal(yield* ask('/quick'), 'beer');

    const task = createTask(ask('/slow'));
    yield* once(web, 'request');
    task.cancel('closing time');
    assert.equal(yield* outcome(task), 'CancelledError: closing time');
    // One connection: it would wait for ever behind a request that goes on.
    assert.equal(yield* ask('/quick'), 'beer');

    try {
      yield* asyncWith(timeout(50), ask('/slow'));
      assert.fail('it should have timed out');
    } catch (error) {
      assert.ok(error instanceof TimeoutError);
    }
    const controller = new AbortController();
    const aborted = createTask(asyncWith(cancelOn(controller.signal), ask('/slow')));
    yield* once(web, 'request');
    controller.abort(new RangeError('enough'));
    assert.equal(yield* outcome(aborted), 'RangeError: enough');
    assert.equal(yield* ask('/quick'), 'beer');
    assert.ok(signals.some((signal) => signal.aborted && signal.reason instanceof CancelledError));
    for (const signal of [...signals, controller.signal]) assert.equal(getEventListeners(signal, 'abort').length, 0);
    yield* wrapFuture(dispatcher.close());
    yield* closed(web);
  }));

test('ws: client and server in coroutines, cancelled in the middle', () =>
  run(function* () {
    const web = createServer();
    const sockets = new WebSocketServer({ server: web });
    const url = (yield* listening(web)).replace('http', 'ws');
    const log: string[] = [];
    function* messages(socket: WebSocket, answer: (text: string) => void): Coroutine<void> {
      try {
        yield* asyncFor(on<[RawData]>(socket, 'message', { close: ['close'] }), function* ([data]) {
          answer(String(data));
        });
      } finally {
        const gone = once(socket, 'close');
        socket.close(1000, 'closing time');
        yield* gone;
        log.push('closed');
      }
    }
    const accepted = once<[WebSocket]>(sockets, 'connection');
    const client = new WebSocket(url);
    // Before the first wait: what comes with the answer to the upgrade is an event of the same tick.
    const opened = once(client, 'open');
    const [peer] = yield* accepted;
    const serving = createTask(messages(peer, (text) => peer.send(`${text}, here you are`)));
    yield* opened;
    const answers = on<[RawData]>(client, 'message');
    for (const drink of ['beer', 'wine']) {
      client.send(drink);
      const { value } = yield* answers.next();
      assert.equal(String(value![0]), `${drink}, here you are`);
    }
    const ended = once<[number, Buffer]>(client, 'close');
    serving.cancel('closing time');
    assert.equal(yield* outcome(serving), 'CancelledError: closing time');
    const [code, reason] = yield* ended;
    assert.deepEqual([code, String(reason), ...log], [1000, 'closing time', 'closed']);
    answers.close();
    for (const socket of [client, peer]) assert.equal(socket.listenerCount('message'), 0);
    yield* closed(web);
    sockets.close();
  }));
