/**
 * Receiving, in two ways. A multishot request with the ring's buffers needs no call for a piece: best for all but long
 * data. Of that, most of the time would go into copies from those buffers, which are the kernel's to write, so that the
 * program cannot have them. A connection whose pieces fill them is therefore read by plain calls whenever it is
 * readable, into memory that the program may keep.
 */

import * as A from '../../ffi/io-uring-abi.ts';
import { EAGAIN, ECANCELED, EINTR, ENOBUFS } from '../../io/errno.ts';
import { READABLE, type Receive, SUBMITTED } from '../../io/operation.ts';
import { RECEIVE_LENGTH } from '../long-receiver.ts';
import { armPoll, armReceive, cancelRequest } from './arm.ts';
import { DEFERRED, type Engine } from './engine.ts';
import { finish } from './finish.ts';
import { LONG_PIECE } from './long-flows.ts';
import { DIRECT_RECEIVE } from './slot-table.ts';

export function startReceive(engine: Engine, receive: Receive, slot: number): void {
  const { descriptors, slots } = engine;
  if (!descriptors.flows.isLong(receive.fd)) {
    slots.kinds[slot] = receive.kind;
    armReceive(engine, slot, receive.fd);
    return;
  }
  slots.kinds[slot] = DIRECT_RECEIVE;
  // Some may be there already; but not from inside a submit.
  engine.defer(receive, slot, READABLE);
}

/** A completion of the multishot request. */
export function completeReceive(engine: Engine, receive: Receive, slot: number, result: number, flags: number): void {
  const more = (flags & A.CQE_F_MORE) !== 0;
  if (result > 0) {
    receiveData(engine, receive, slot, result, flags, more);
    return;
  }
  if ((flags & A.CQE_F_BUFFER) !== 0) engine.buffers.give(flags >>> A.CQE_BUFFER_SHIFT);
  if (more) return;
  if (result === -ENOBUFS) engine.buffers.grow();
  // Out of buffers: all that were filled before this completion have been given back by now, and what did not fit
  // is still in the socket. And a request that nobody has cancelled but we makes way for plain calls.
  const again = result === -ENOBUFS || result === -EAGAIN || result === -EINTR;
  const gaveWay = result === -ECANCELED && engine.descriptors.flows.isLong(receive.fd);
  if ((again || gaveWay) && receive.state === SUBMITTED) startReceive(engine, receive, slot);
  else finish(engine, receive, slot, again ? -ECANCELED : result);
}

function receiveData(
  engine: Engine,
  receive: Receive,
  slot: number,
  length: number,
  flags: number,
  more: boolean,
): void {
  const { buffers } = engine;
  const id = flags >>> A.CQE_BUFFER_SHIFT;
  const start = buffers.start(id);
  const wanted = receive.state === SUBMITTED;
  // Its last completion begins the plain calls.
  if (length >= LONG_PIECE && engine.descriptors.flows.long(receive.fd) && more && wanted) cancelRequest(engine, slot);
  // The kernel may end a multishot with any completion, a good one too.
  if (!more && wanted) {
    startReceive(engine, receive, slot);
    more = true;
  }
  engine.completions++;
  try {
    receive.onData(buffers.memory(id), start, start + length);
  } finally {
    buffers.give(id);
    if (!more) finish(engine, receive, slot, -ECANCELED);
  }
}

/** For plain calls: the socket is readable, or has an error to tell; or it was not asked yet. */
export function completeDirectReceive(engine: Engine, receive: Receive, slot: number, result: number): void {
  if (result < 0 || receive.state !== SUBMITTED) {
    finish(engine, receive, slot, result < 0 ? result : -ECANCELED);
    return;
  }
  const { fd } = receive;
  const count = engine.receiver.receive(fd);
  engine.ring.syscalls++;
  if (count > 0) {
    engine.completions++;
    engine.descriptors.flows.piece(fd, count);
    // The kernel has no request meanwhile that a cancel would have to find.
    receive.mark = DEFERRED;
    try {
      engine.receiver.deliver(receive, count);
    } finally {
      receive.mark = 0;
      if (receive.state !== SUBMITTED) finish(engine, receive, slot, -ECANCELED);
      else if (count === RECEIVE_LENGTH || !engine.descriptors.flows.isLong(fd)) startReceive(engine, receive, slot);
      else armPoll(engine, slot, fd, READABLE);
    }
  } else if (count === -EAGAIN) {
    armPoll(engine, slot, fd, READABLE);
  } else if (count === -EINTR) {
    engine.defer(receive, slot, READABLE);
  } else {
    finish(engine, receive, slot, count);
  }
}
