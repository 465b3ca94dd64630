import { ECHILD, EINTR } from '../io/errno.ts';
import type { ProcessCalls, SpawnPlan } from '../io/process-calls.ts';
import { CStrings } from './c-strings.ts';
import { F_GETFL, F_SETFL, O_CLOEXEC, O_NONBLOCK } from './constants.ts';
import { bindAll, bindChecked, type Libc, libc, type Pinned, pinned } from './libc.ts';
import { outlast } from './outlast.ts';
import { Spawner } from './spawner.ts';

/** Since Linux 5.3; the C libraries learned it later, hence by number, which is the same everywhere. */
const SYS_PIDFD_OPEN = 434;
const WNOHANG = 1;
const F_OK = 0;
/** What asyncio says of a child that somebody else has collected. */
const UNKNOWN_EXIT = 255;
const INT_LENGTH = 4;

const PROTOTYPES = {
  waitpid: 'int waitpid(int, intptr, int)',
  kill: 'int kill(int, int)',
  pipe2: 'int pipe2(intptr, int)',
  access: 'int access(intptr, int)',
};

/** Throws where the C library lacks a function. */
class LinuxProcesses implements ProcessCalls {
  readonly outlast = outlast;
  private readonly system: Libc = libc();
  private readonly checked = bindAll(PROTOTYPES, bindChecked);
  private readonly spawner = new Spawner();
  private readonly strings = new CStrings();
  private readonly pair: Pinned = pinned(2 * INT_LENGTH);

  spawn(plan: SpawnPlan): number {
    return this.spawner.spawn(plan);
  }

  openPid(pid: number): number {
    return this.system.syscall(SYS_PIDFD_OPEN, pid, 0, 0, 0, 0, 0);
  }

  collect(pid: number): number | undefined {
    return this.wait(pid, WNOHANG);
  }

  collectKilled(pid: number): void {
    this.wait(pid, 0);
  }

  kill(pid: number, signal: number): number {
    return this.checked.kill(pid, signal);
  }

  pipe(): [number, number] | number {
    const { view, address } = this.pair;
    const result = this.checked.pipe2(address, O_CLOEXEC);
    return result < 0 ? result : [view.getInt32(0, true), view.getInt32(INT_LENGTH, true)];
  }

  exists(path: string): number {
    return this.checked.access(this.strings.lay([path])[0]!.first, F_OK);
  }

  setBlocking(fd: number): number {
    const flags = this.system.fcntl(fd, F_GETFL, 0);
    if (flags < 0 || (flags & O_NONBLOCK) === 0) return Math.min(flags, 0);
    return this.system.fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
  }

  private wait(pid: number, options: number): number | undefined {
    const { view, address } = this.pair;
    for (;;) {
      const result = this.checked.waitpid(pid, address, options);
      if (result === pid) return outcome(view.getInt32(0, true));
      if (result === -ECHILD) return UNKNOWN_EXIT;
      if (result !== -EINTR) return undefined;
    }
  }
}

/** Of a status as wait gives it: the low seven bits are the signal, the next byte is the exit code. */
function outcome(status: number): number {
  const signal = status & 0x7f;
  return signal === 0 ? (status >> 8) & 0xff : -signal;
}

let calls: ProcessCalls | undefined;
let looked = false;

/** Undefined where a function is missing (glibc before 2.29, musl before 1.1.24), or forbidden, as pidfd_open in old containers. */
export function processCalls(): ProcessCalls | undefined {
  if (looked) return calls;
  looked = true;
  try {
    const found = new LinuxProcesses();
    const self = found.openPid(process.pid);
    if (self >= 0) {
      libc().close(self);
      calls = found;
    }
  } catch {
    // Node starts the children then.
  }
  return calls;
}
