/** Operations become requests: one function for each kind. None of them calls the kernel, but for the cold ones. */

import { MSG_NOSIGNAL } from '../../ffi/constants.ts';
import * as A from '../../ffi/io-uring-abi.ts';
import { addressOf } from '../../ffi/libc.ts';
import { highWord, lowWord } from '../../ffi/memory.ts';
import { encodeAddress } from '../../ffi/sockaddr.ts';
import { openConnector, openDatagramSocket, openListener } from '../../ffi/sockets.ts';
import { EINVAL } from '../../io/errno.ts';
import {
  ACCEPT,
  CONNECT,
  COPY_LIMIT,
  type Connect,
  FILE,
  type FileCall,
  LISTEN,
  type Listen,
  OPEN_DATAGRAM,
  type OpenDatagram,
  type Operation,
  POLL,
  type Poll,
  READABLE,
  RECEIVE,
  RECEIVE_FROM,
  type Receive,
  SEND,
  SEND_TO,
  type Send,
  type SendTo,
} from '../../io/operation.ts';
import { armAccept, armPoll } from './arm.ts';
import type { Engine } from './engine.ts';
import { startFile } from './files.ts';
import { startReceive } from './receive.ts';
import { NO_SLAB } from './slot-table.ts';

/** The kernel itself goes on after a short send, waiting for room without our help. */
const MSG_WAITALL = 0x100;
const SEND_FLAGS = MSG_NOSIGNAL | MSG_WAITALL;
/** In bytes: one request's length is 32 bits wide, and the kernel stops short of 2 GiB anyway. */
const LONGEST_REQUEST = 0x7fff_f000;

export function start(engine: Engine, operation: Operation, slot: number): void {
  switch (engine.slots.kinds[slot]) {
    case RECEIVE:
      startReceive(engine, operation as Receive, slot);
      break;
    case SEND:
      startSend(engine, operation as Send, slot);
      break;
    case ACCEPT:
      armAccept(engine, slot, operation.fd);
      break;
    case CONNECT:
      startConnect(engine, operation as Connect, slot);
      break;
    case LISTEN:
      startListen(engine, operation as Listen, slot);
      break;
    case POLL:
      armPoll(engine, slot, operation.fd, (operation as Poll).events);
      break;
    case OPEN_DATAGRAM:
      startOpenDatagram(engine, operation as OpenDatagram, slot);
      break;
    case RECEIVE_FROM:
      armPoll(engine, slot, operation.fd, READABLE);
      break;
    case SEND_TO:
      // It nearly always can be sent at once, only not from inside a submit.
      (operation as SendTo).held = false;
      engine.defer(operation, slot, 0);
      break;
    case FILE:
      startFile(engine, operation as FileCall, slot);
      break;
  }
}

function startSend(engine: Engine, send: Send, slot: number): void {
  const { ring, slabs, slots } = engine;
  const data = send.data!;
  const length = data.length;
  slots.lengths[slot] = length;
  slots.sent[slot] = 0;
  if (length > COPY_LIMIT) {
    slots.held[slot] = data;
    slots.addresses[slot] = addressOf(data);
    sendRest(engine, send.fd, slot);
    return;
  }
  const slab = slabs.take();
  slabs.write(slab, 0, data);
  slots.slabs[slot] = slab;
  slots.positions[slot] = ring.tail;
  const generation = slots.generations[slot]!;
  ring.push(A.OP_SEND, send.fd, slabs.lows[slab]!, slabs.highs[slab]!, length, SEND_FLAGS, slot, generation, 0, 0);
}

/** What of a send is still to go, when it is too long for one request or was interrupted. */
export function sendRest(engine: Engine, fd: number, slot: number): void {
  const { ring, slabs, slots } = engine;
  const slab = slots.slabs[slot]!;
  const base = slab === NO_SLAB ? slots.addresses[slot]! : slabs.address(slab);
  const sent = slots.sent[slot]!;
  const address = base + sent;
  const length = Math.min(slots.lengths[slot]! - sent, LONGEST_REQUEST);
  const generation = slots.generations[slot]!;
  ring.push(A.OP_SEND, fd, lowWord(address), highWord(address), length, SEND_FLAGS, slot, generation, 0, 0);
}

/** Adds to a send whose request is still ours. */
export function appendToSend(engine: Engine, slot: number, data: Uint8Array): boolean {
  const { ring, slabs, slots } = engine;
  const slab = slots.slabs[slot]!;
  if (slab === NO_SLAB || slots.sent[slot] !== 0) return false;
  const length = slots.lengths[slot]!;
  const longer = length + data.length;
  const position = slots.positions[slot]!;
  if (longer > COPY_LIMIT || !ring.isPending(position, slot, slots.generations[slot]!)) return false;
  slabs.write(slab, length, data);
  slots.lengths[slot] = longer;
  ring.setLength(position, longer);
  return true;
}

/** The socket is made at once (a system call that never waits), so that an error needs no request. */
function startConnect(engine: Engine, connect: Connect, slot: number): void {
  const { ring, slabs, slots } = engine;
  const address = connect.address;
  const fd = address === undefined ? -EINVAL : openConnector(address, connect.localAddress);
  slots.sockets[slot] = fd;
  if (fd < 0 || address === undefined) {
    engine.defer(connect, slot, fd);
    return;
  }
  engine.descriptors.adopt(fd);
  const slab = slabs.take();
  slots.slabs[slot] = slab;
  const length = encodeAddress(address, slabs.bytes(slab));
  if (length < 0) {
    engine.defer(connect, slot, length);
    return;
  }
  const generation = slots.generations[slot]!;
  ring.push(A.OP_CONNECT, fd, slabs.lows[slab]!, slabs.highs[slab]!, 0, 0, slot, generation, length, 0);
}

/** Nothing here waits; only the result is delivered later, as the contract says. */
function startListen(engine: Engine, listen: Listen, slot: number): void {
  const { address, options } = listen;
  const fd = address === undefined || options === undefined ? -EINVAL : openListener(address, options);
  if (fd >= 0) engine.descriptors.adopt(fd);
  engine.defer(listen, slot, fd);
}

/** Nothing here waits, as with Listen. */
function startOpenDatagram(engine: Engine, open: OpenDatagram, slot: number): void {
  const fd = openDatagramSocket(open);
  if (fd >= 0) engine.descriptors.adopt(fd);
  engine.defer(open, slot, fd);
}
