import { AF_UNIX, SOCK_CLOEXEC, SOCK_STREAM } from '../../ffi/constants.ts';
import * as A from '../../ffi/io-uring-abi.ts';
import { ioUringRegister } from '../../ffi/io-uring-calls.ts';
import { libc, pinned } from '../../ffi/libc.ts';
import { ffiUnavailable } from '../../ffi/load.ts';
import { IDLE, Receive } from '../../io/operation.ts';
import { OSError } from '../../io/os-error.ts';
import { IoUringDriver } from './driver.ts';

export type IoUringProbe = { readonly ok: true } | { readonly ok: false; readonly reason: string };

const NEEDED: Record<string, number> = {
  POLL_ADD: A.OP_POLL_ADD,
  TIMEOUT: A.OP_TIMEOUT,
  TIMEOUT_REMOVE: A.OP_TIMEOUT_REMOVE,
  ACCEPT: A.OP_ACCEPT,
  ASYNC_CANCEL: A.OP_ASYNC_CANCEL,
  CONNECT: A.OP_CONNECT,
  FSYNC: A.OP_FSYNC,
  OPENAT: A.OP_OPENAT,
  CLOSE: A.OP_CLOSE,
  STATX: A.OP_STATX,
  READ: A.OP_READ,
  WRITE: A.OP_WRITE,
  SEND: A.OP_SEND,
  RECV: A.OP_RECV,
};
/** Room for the answer about every operation that an opcode of 8 bits can name. */
const PROBE_ROOM = 256;

/** What a refusal at set-up most likely means. */
const HINTS: Record<string, string> = {
  'io_uring_setup EPERM': 'forbidden by kernel.io_uring_disabled or a seccomp filter',
  'io_uring_setup ENOSYS': 'not in this kernel, or hidden by a seccomp filter',
  'io_uring_setup EINVAL': 'this kernel has no DEFER_TASKRUN, Linux 6.1 has',
  'io_uring_setup ENOTSUP': 'this kernel lacks needed features of io_uring',
  'io_uring_setup ENOMEM': 'the limit of locked memory, ulimit -l, is too low',
  'io_uring_register EINVAL': 'this kernel has no rings of provided buffers, Linux 5.19 has',
};

/** Small: it is thrown away at once. */
const PROBE_OPTIONS = { entries: 8, completionEntries: 16, bufferCount: 4, bufferLimit: 4, bufferBytes: 64 };
const PROBE_WAIT_MS = 1000;

let memo: IoUringProbe | undefined;

/** Whether io_uring works here, found out once by using it; if not, why not. */
export function probeIoUring(): IoUringProbe {
  memo ??= probe();
  return memo;
}

function probe(): IoUringProbe {
  if (process.platform !== 'linux') return { ok: false, reason: `io_uring is Linux's, this is ${process.platform}` };
  const missing = ffiUnavailable();
  if (missing !== undefined) return { ok: false, reason: missing };
  try {
    const reason = tryOut();
    return reason === undefined ? { ok: true } : { ok: false, reason };
  } catch (error) {
    return { ok: false, reason: explain(error) };
  }
}

function tryOut(): string | undefined {
  const driver = new IoUringDriver(PROBE_OPTIONS);
  try {
    const missing = missingOperations(driver.ringFd);
    if (missing.length > 0) return `io_uring of this kernel lacks ${missing.join(', ')}`;
    return tryReceive(driver);
  } finally {
    driver.dispose();
  }
}

export function missingOperations(ringFd: number): string[] {
  const { bytes, address } = pinned(A.PROBE_HEADER_BYTES + PROBE_ROOM * A.PROBE_OP_BYTES);
  const result = ioUringRegister(ringFd, A.REGISTER_PROBE, address, PROBE_ROOM);
  if (result < 0) return Object.keys(NEEDED);
  return Object.keys(NEEDED).filter((name) => {
    const at = A.PROBE_HEADER_BYTES + NEEDED[name]! * A.PROBE_OP_BYTES + A.PROBE_OP_FLAGS_BYTE;
    return (bytes[at]! & A.PROBE_OP_SUPPORTED) === 0;
  });
}

class ProbeReceive extends Receive {
  text = '';
  result: number | undefined = undefined;

  override onData(memory: Buffer, start: number, end: number): void {
    this.text += memory.toString('latin1', start, end);
  }

  override onEnd(result: number): void {
    this.result = result;
  }
}

/** No table says whether a multishot receive works, so one is made. */
function tryReceive(driver: IoUringDriver): string | undefined {
  const pair = pinned(8);
  if (libc().socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.address) < 0) return 'no socketpair to try with';
  const [near, far] = [pair.view.getInt32(0, true), pair.view.getInt32(4, true)];
  const receive = new ProbeReceive();
  receive.fd = near;
  const { bytes, address } = pinned(2);
  bytes.set([0x6f, 0x6b]);
  try {
    driver.submit(receive);
    driver.flush();
    libc().write(far, address, 1);
    driver.wait(PROBE_WAIT_MS);
    libc().write(far, address + 1, 1);
    driver.wait(PROBE_WAIT_MS);
  } finally {
    libc().close(far);
    driver.wait(PROBE_WAIT_MS);
    if (receive.state !== IDLE) driver.cancel(receive);
    while (receive.state !== IDLE) driver.wait(PROBE_WAIT_MS);
    libc().close(near);
  }
  return receive.text === 'ok' && receive.result === 0
    ? undefined
    : `a multishot receive does not work here (${receive.result})`;
}

function explain(error: unknown): string {
  if (!(error instanceof OSError)) return error instanceof Error ? error.message : String(error);
  const hint = HINTS[`${error.syscall} ${error.code}`];
  return `${error.syscall}: ${error.code}${hint === undefined ? '' : ` (${hint})`}`;
}
