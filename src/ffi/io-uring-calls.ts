/** The three system calls of io_uring. Each returns a number `>= 0`, or `-errno`. */
import * as A from './io-uring-abi.ts';
import { libc, NULL, type Pointer } from './libc.ts';

/** Makes a ring as `params` (struct io_uring_params) says: its fd, already close-on-exec. */
export function ioUringSetup(entries: number, params: Pointer): number {
  return libc().syscall(A.NR_IO_URING_SETUP, entries, params, NULL, NULL, NULL, NULL);
}

export function ioUringRegister(fd: number, what: number, argument: Pointer, count: number): number {
  return libc().syscall(A.NR_IO_URING_REGISTER, fd, what, argument, count, NULL, NULL);
}

export type IoUringEnter = (
  fd: number,
  toSubmit: number,
  minComplete: number,
  flags: number,
  argument: Pointer,
  argumentBytes: number,
) => number;

/** The one call of the hot path, bound once for each ring. */
export function bindIoUringEnter(): IoUringEnter {
  const { syscall } = libc();
  return (fd, toSubmit, minComplete, flags, argument, argumentBytes) =>
    syscall(A.NR_IO_URING_ENTER, fd, toSubmit, minComplete, flags, argument, argumentBytes);
}
