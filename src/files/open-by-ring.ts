import { constants, type Stats } from 'node:fs';
import type { Coroutine } from '../core/coroutine.ts';
import { statNow } from '../ffi/statx.ts';
import { ENXIO } from '../io/errno.ts';
import { FILE_CLOSE, FILE_OPEN } from '../io/operation.ts';
import type { Network } from '../net/network.ts';
import type { FileCalls } from './file-calls.ts';
import { FileError } from './file-error.ts';
import { isFifo } from './file-stats.ts';
import { Pending } from './pending.ts';
import { Call, RingFileCalls } from './ring-file-calls.ts';

const { O_RDONLY, O_WRONLY, O_RDWR } = constants;
const ACCESS = O_RDONLY | O_WRONLY | O_RDWR;

/** Opens by io_uring. A cancel leaves nothing open. */
export function* openByRing(network: Network, path: string, flags: number, mode: number): Coroutine<FileCalls> {
  let fd = yield* opened(network, path, flags, mode);
  let { mode: kind, size } = statNow(fd) ?? (yield* statLater(network, fd, path));
  if (isFifo(kind) && (flags & ACCESS) === O_RDONLY) {
    // The kernel's first try is one that does not wait, and to read a named pipe then succeeds without a writer. The
    // first descriptor stays meanwhile: a writer that it has let in is to find a reader.
    const first = fd;
    try {
      fd = yield* openOnce(network, path, flags, mode, true);
    } finally {
      closeUnwanted(network, first);
    }
    ({ mode: kind, size } = statNow(fd) ?? (yield* statLater(network, fd, path)));
  }
  return new RingFileCalls(network, fd, path, kind, size);
}

function* opened(network: Network, path: string, flags: number, mode: number): Coroutine<number> {
  try {
    return yield* openOnce(network, path, flags, mode, false);
  } catch (error) {
    // A named pipe that nobody reads, tried without waiting.
    if (!(error instanceof FileError) || error.errno !== -ENXIO) throw error;
    return yield* openOnce(network, path, flags, mode, true);
  }
}

function* openOnce(network: Network, path: string, flags: number, mode: number, patient: boolean): Coroutine<number> {
  const { driver, scheduler } = network;
  const opening = new Pending<number>(scheduler, () => driver.cancel(call));
  const call = new Call(FILE_OPEN, -1, (result) => {
    if (result < 0) opening.reject(new FileError(result, 'open', path));
    else opening.resolve(result);
  });
  Object.assign(call, { path, flags, mode, patient });
  driver.submit(call);
  try {
    return yield* opening.wait();
  } catch (error) {
    // Open all the same, when the cancel overtook the result.
    opening.whenResolved((fd) => closeUnwanted(network, fd));
    opening.cancel();
    throw error;
  }
}

/** Where the question that never waits is not allowed. */
function* statLater(network: Network, fd: number, path: string): Coroutine<Stats> {
  const asking = new RingFileCalls(network, fd, path, 0, 0);
  try {
    return yield* asking.stat().wait();
  } catch (error) {
    asking.close();
    throw error;
  }
}

/** When the loop ends the driver closes what is open. */
function closeUnwanted({ driver, scheduler }: Network, fd: number): void {
  if (!scheduler.closed) driver.submit(new Call(FILE_CLOSE, fd, () => {}));
}
