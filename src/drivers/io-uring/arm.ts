/** Requests that operations are started with, and started again when the kernel ended them early. */

import { SOCK_CLOEXEC, SOCK_NONBLOCK } from '../../ffi/constants.ts';
import * as A from '../../ffi/io-uring-abi.ts';
import { type Engine, IGNORED } from './engine.ts';

const ACCEPT_FLAGS = SOCK_NONBLOCK | SOCK_CLOEXEC;
const RECEIVE_OPCODE = A.OP_RECV | A.SQE_FLAG_BUFFER_SELECT | A.RECV_MULTISHOT;
const ACCEPT_OPCODE = A.OP_ACCEPT | A.ACCEPT_MULTISHOT;
const CANCEL_OPCODE = A.OP_ASYNC_CANCEL | A.SQE_FLAG_CQE_SKIP_SUCCESS;

export function armReceive(engine: Engine, slot: number, fd: number): void {
  const generation = engine.slots.generations[slot]!;
  engine.ring.push(RECEIVE_OPCODE, fd, 0, 0, 0, 0, slot, generation, 0, engine.buffers.group);
}

export function armAccept(engine: Engine, slot: number, fd: number): void {
  engine.ring.push(ACCEPT_OPCODE, fd, 0, 0, 0, ACCEPT_FLAGS, slot, engine.slots.generations[slot]!, 0, 0);
}

export function armPoll(engine: Engine, slot: number, fd: number, events: number): void {
  const generation = engine.slots.generations[slot]!;
  engine.ring.push(A.OP_POLL_ADD, fd, 0, 0, 0, events, slot, generation, 0, 0);
}

/** Found or not, the request's own last completion tells the end; this one's is of no interest. */
export function cancelRequest(engine: Engine, slot: number): void {
  engine.ring.push(CANCEL_OPCODE, -1, slot, engine.slots.generations[slot]!, 0, 0, IGNORED, 0, 0, 0);
}
