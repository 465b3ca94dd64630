/** Faults below the drivers: calls and requests that the system interrupts, cuts short or refuses for a moment. */
import { release } from 'node:os';
import type { IoUringDriver } from '../../src/drivers/io-uring/driver.ts';
import { MSG_NOSIGNAL } from '../../src/ffi/constants.ts';
import * as A from '../../src/ffi/io-uring-abi.ts';
import { libc } from '../../src/ffi/libc.ts';
import { EAGAIN, ECONNABORTED, EINTR, ENOBUFS, EPROTO } from '../../src/io/errno.ts';
import type { Random } from '../differential/generate/random.ts';

/** More would use up the patience of tests with thousands of small sends. */
const ODDS = 0.08;
const OPCODE_MASK = 0xff;
const OP_NOP = 0;
/** A NOP's flag: its result is what stands in its length. Since Linux 6.10. */
const NOP_INJECT_RESULT = 1;

/** How often each call was disturbed. */
export type Disturbed = Map<string, number>;

function note(disturbed: Disturbed, what: string): void {
  disturbed.set(what, (disturbed.get(what) ?? 0) + 1);
}

/** Undefined where requests can be made to fail, else the reason why not. */
export function cannotInject(): string | undefined {
  const [major, minor] = release().split('.').map(Number) as [number, number];
  return major > 6 || (major === 6 && minor >= 10) ? undefined : 'the kernel is older than 6.10';
}

const CALLS = ['recv', 'send', 'accept4', 'recvfrom', 'sendto'] as const;

/** Until the function that is returned is called, the C library's calls are interrupted now and then. */
export function disturbCalls(random: Random, disturbed: Disturbed): () => void {
  const system = libc();
  const real = { ...system };
  for (const name of CALLS) {
    const call = system[name] as (...words: number[]) => number;
    const errors = name === 'accept4' ? [EINTR, ECONNABORTED, EPROTO] : [EINTR];
    const disturb = (...words: number[]): number => {
      // Tests call it, too, with other flags.
      const drivers = name !== 'send' || words[3] === MSG_NOSIGNAL;
      if (!drivers || !random.chance(ODDS)) return call(...words);
      note(disturbed, name);
      return -random.pick(errors);
    };
    Object.assign(system, { [name]: disturb });
  }
  return () => void Object.assign(system, real);
}

const NAMES: Readonly<Record<number, string>> = { [A.OP_RECV]: 'recv', [A.OP_SEND]: 'send', [A.OP_ACCEPT]: 'accept' };
const ERRORS: Readonly<Record<number, readonly number[]>> = {
  [A.OP_RECV]: [EINTR, EAGAIN, ENOBUFS],
  [A.OP_SEND]: [EINTR, EAGAIN],
  [A.OP_ACCEPT]: [EINTR, EAGAIN, ECONNABORTED, EPROTO],
};

/** Some of this driver's requests come back interrupted, or send only a part. */
export function disturbRequests(driver: IoUringDriver, random: Random, disturbed: Disturbed): void {
  const { ring } = driver.engine;
  const { push, isPending } = ring;
  /** Positions of requests that are none any more: they must not be changed either. */
  const replaced = new Set<number>();
  ring.isPending = (position, slot, generation) =>
    !replaced.has(position) && isPending.call(ring, position, slot, generation);
  ring.push = (opcode, fd, low, high, length, flags, slot, generation, offset, group) => {
    const kind = opcode & OPCODE_MASK;
    const errors = ERRORS[kind];
    replaced.delete(ring.tail);
    if (slot < 0 || errors === undefined || !random.chance(ODDS)) {
      push.call(ring, opcode, fd, low, high, length, flags, slot, generation, offset, group);
    } else if (kind === A.OP_SEND && length > 1 && random.chance(0.5)) {
      note(disturbed, 'short send');
      const part = 1 + random.below(length - 1);
      replaced.add(ring.tail);
      push.call(ring, opcode, fd, low, high, part, flags, slot, generation, offset, group);
    } else {
      note(disturbed, NAMES[kind]!);
      replaced.add(ring.tail);
      push.call(ring, OP_NOP, -1, 0, 0, -random.pick(errors), NOP_INJECT_RESULT, slot, generation, 0, 0);
    }
  };
}
