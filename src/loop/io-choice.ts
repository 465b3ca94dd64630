import type { DriverName } from '../io/driver.ts';

/** `auto`: the first of io_uring, epoll, node that works here. */
export type IoChoice = 'auto' | DriverName;

const CHOICES: readonly IoChoice[] = ['auto', 'io_uring', 'epoll', 'node'];

/** Throws RangeError unless `io` is one of the choices. */
export function checkIoChoice(io: unknown, where: string): asserts io is IoChoice {
  if (CHOICES.includes(io as IoChoice)) return;
  throw new RangeError(`${where} must be one of ${CHOICES.map((name) => `'${name}'`).join(', ')}, got ${String(io)}`);
}
