/**
 * Completions become calls of the operations. Each function brings the driver's own books in order before it calls out:
 * the callback may submit, cancel, close and even throw.
 */

import { EPOLLERR, EPOLLHUP } from '../../ffi/constants.ts';
import * as A from '../../ffi/io-uring-abi.ts';
import { close } from '../../ffi/sockets.ts';
import { EAGAIN, ECANCELED, EINTR } from '../../io/errno.ts';
import {
  ACCEPT,
  type Accept,
  CONNECT,
  FILE,
  type FileCall,
  LISTEN,
  OPEN_DATAGRAM,
  type Operation,
  POLL,
  type Poll,
  READABLE,
  RECEIVE,
  RECEIVE_FROM,
  type Receive,
  type ReceiveFrom,
  SEND,
  SEND_TO,
  type SendTo,
  SUBMITTED,
  WRITABLE,
} from '../../io/operation.ts';
import { MORE, type Outcome, OVER } from '../datagram-runner.ts';
import { isLostConnection } from '../lost-connection.ts';
import { armAccept, armPoll } from './arm.ts';
import { DEADLINE, type Engine } from './engine.ts';
import { fileData, fileResult, repeatFile } from './files.ts';
import { finish } from './finish.ts';
import { completeDirectReceive, completeReceive } from './receive.ts';
import { DIRECT_RECEIVE } from './slot-table.ts';
import { sendRest } from './start.ts';

/** One completion queue entry. */
export function complete(engine: Engine, slot: number, generation: number, result: number, flags: number): void {
  const { slots } = engine;
  if (slot < 0) {
    if (slot === DEADLINE) engine.deadline = Number.POSITIVE_INFINITY;
    return;
  }
  const operation = slots.operations[slot];
  if (operation === undefined || slots.generations[slot] !== generation) return;
  switch (slots.kinds[slot]) {
    case RECEIVE:
      completeReceive(engine, operation as Receive, slot, result, flags);
      break;
    case DIRECT_RECEIVE:
      completeDirectReceive(engine, operation as Receive, slot, result);
      break;
    case SEND:
      completeSend(engine, operation, slot, result);
      break;
    case ACCEPT:
      completeAccept(engine, operation as Accept, slot, result, flags);
      break;
    case CONNECT:
      completeConnect(engine, operation, slot, result);
      break;
    case POLL:
      finish(engine, operation, slot, result < 0 ? result : eventsThatHold((operation as Poll).events, result));
      break;
    case RECEIVE_FROM:
      runDatagrams(engine, operation as ReceiveFrom, slot, result);
      break;
    case SEND_TO:
      runDatagrams(engine, operation as SendTo, slot, result);
      break;
    case FILE:
      completeFile(engine, operation as FileCall, slot, result);
      break;
  }
}

/** The result of an operation that ended at its submit. */
export function completeDeferred(engine: Engine, slot: number, result: number): void {
  const operation = engine.slots.operations[slot]!;
  operation.mark = 0;
  if (operation.kind === SEND_TO) {
    runDatagrams(engine, operation as SendTo, slot, result);
  } else if (operation.kind === RECEIVE) {
    completeDirectReceive(engine, operation as Receive, slot, result);
  } else if (operation.kind === LISTEN || operation.kind === OPEN_DATAGRAM) {
    operation.fd = result < 0 ? -1 : result;
    finish(engine, operation, slot, result);
  } else if (operation.kind === FILE) {
    finish(engine, operation, slot, result);
  } else {
    completeConnect(engine, operation, slot, result);
  }
}

function completeSend(engine: Engine, send: Operation, slot: number, result: number): void {
  const { slots } = engine;
  let sent = slots.sent[slot]!;
  if (result > 0) sent += result;
  const again = result > 0 ? sent < slots.lengths[slot]! : result === -EAGAIN || result === -EINTR;
  if (again && send.state === SUBMITTED) {
    slots.sent[slot] = sent;
    sendRest(engine, send.fd, slot);
    return;
  }
  // A cancelled send tells how far it came; an error is told as such, the connection is of no use any more.
  const cancelled = send.state !== SUBMITTED && sent > 0;
  slots.held[slot] = undefined;
  finish(engine, send, slot, result >= 0 || cancelled ? sent : again ? -ECANCELED : result);
}

function completeAccept(engine: Engine, accept: Accept, slot: number, result: number, flags: number): void {
  let more = (flags & A.CQE_F_MORE) !== 0;
  // A peer that gave up before it was accepted is no reason to stop.
  const again = result >= 0 || result === -EAGAIN || isLostConnection(result);
  if (!more && again && accept.state === SUBMITTED) {
    armAccept(engine, slot, accept.fd);
    more = true;
  }
  try {
    if (result >= 0) {
      engine.descriptors.adopt(result);
      engine.completions++;
      accept.onConnection(result);
    }
  } finally {
    if (!more) finish(engine, accept, slot, again ? -ECANCELED : result);
  }
}

function completeConnect(engine: Engine, connect: Operation, slot: number, result: number): void {
  const fd = engine.slots.sockets[slot]!;
  if (result < 0 && fd >= 0) {
    engine.descriptors.disown(fd);
    close(fd);
  }
  connect.fd = result < 0 ? -1 : fd;
  finish(engine, connect, slot, result < 0 ? result : fd);
}

function completeFile(engine: Engine, file: FileCall, slot: number, result: number): void {
  if (repeatFile(engine, file, slot, result)) return;
  engine.slots.held[slot] = undefined;
  try {
    fileData(engine, file, slot, result);
  } finally {
    engine.blocks.give(engine.slots, slot);
    finish(engine, file, slot, fileResult(engine, file, result));
  }
}

/** The socket is ready (a SendTo: or was just submitted), or has an error to tell. */
function runDatagrams(engine: Engine, operation: ReceiveFrom | SendTo, slot: number, result: number): void {
  const { datagrams } = engine;
  if (result < 0 || operation.state !== SUBMITTED) {
    finish(engine, operation, slot, result < 0 ? result : -ECANCELED);
    return;
  }
  const receives = operation.kind === RECEIVE_FROM;
  let outcome: Outcome = MORE;
  try {
    outcome = receives ? datagrams.receive(operation) : datagrams.send(operation);
  } finally {
    engine.completions += datagrams.moved;
    // Armed again, a poll tells at once when there is more.
    if (outcome === OVER) finish(engine, operation, slot, datagrams.result);
    else if (operation.state === SUBMITTED) armPoll(engine, slot, operation.fd, receives ? READABLE : WRITABLE);
    else finish(engine, operation, slot, -ECANCELED);
  }
}

/** As poll(2) has it, an error or hang-up is reported whatever was asked: both mean that a read or write would not wait. */
function eventsThatHold(asked: number, found: number): number {
  return (found & (EPOLLERR | EPOLLHUP)) !== 0 ? asked : found & asked;
}
