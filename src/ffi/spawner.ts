import { DEV_NULL, type SpawnPlan } from '../io/process-calls.ts';
import { type CList, CStrings } from './c-strings.ts';
import { F_DUPFD_CLOEXEC } from './constants.ts';
import { bindAll, bindRaw, type Libc, libc, type Native, NULL, type Pinned, type Pointer, pinned } from './libc.ts';

/** In bytes, more than any C library's types of these names have (336 and 80). */
const ATTRIBUTES_ROOM = 512;
const ACTIONS_ROOM = 256;
const SIGNALS_ROOM = 128;
/** One bit for each of Linux's 64 signals. */
const SIGNALS_LENGTH = 8;
const PID_LENGTH = 4;

const SETSIGDEF = 0x04;
const SETSIGMASK = 0x08;
const SETSID = 0x80;
const O_RDONLY = 0;
const O_RDWR = 2;
/** Descriptors from here on are nobody's stdin, stdout or stderr. */
const FIRST_OTHER = 3;

/** These give an error number, not -1; `short` and `mode_t` are passed as int. */
const PROTOTYPES = {
  posix_spawn: 'int posix_spawn(intptr, intptr, intptr, intptr, intptr, intptr)',
  posix_spawn_file_actions_init: 'int posix_spawn_file_actions_init(intptr)',
  posix_spawn_file_actions_destroy: 'int posix_spawn_file_actions_destroy(intptr)',
  posix_spawn_file_actions_adddup2: 'int posix_spawn_file_actions_adddup2(intptr, int, int)',
  posix_spawn_file_actions_addopen: 'int posix_spawn_file_actions_addopen(intptr, int, intptr, int, int)',
  // Where it is there, a dup2 of a descriptor to itself clears its close-on-exec, too.
  posix_spawn_file_actions_addchdir_np: 'int posix_spawn_file_actions_addchdir_np(intptr, intptr)',
  posix_spawnattr_init: 'int posix_spawnattr_init(intptr)',
  posix_spawnattr_setflags: 'int posix_spawnattr_setflags(intptr, int)',
  posix_spawnattr_setsigdefault: 'int posix_spawnattr_setsigdefault(intptr, intptr)',
  posix_spawnattr_setsigmask: 'int posix_spawnattr_setsigmask(intptr, intptr)',
};

/** glibc has it from 2.34 on, musl has not: there, what others have opened without close-on-exec is passed on. */
const CLOSE_FROM = 'int posix_spawn_file_actions_addclosefrom_np(intptr, int)';

/**
 * Starts processes by posix_spawn, which shares our memory with the child until it runs its program (where `fork` would
 * copy the tables of all our pages), and comes back when it does. Throws where the C library lacks a function.
 */
export class Spawner {
  private readonly system: Libc = libc();
  private readonly native = bindAll(PROTOTYPES, bindRaw);
  private readonly closeFrom = bindIfThere(CLOSE_FROM);
  private readonly plain: Pinned = this.attributes(SETSIGDEF | SETSIGMASK);
  private readonly inNewSession: Pinned = this.attributes(SETSIGDEF | SETSIGMASK | SETSID);
  private readonly actions: Pinned = pinned(ACTIONS_ROOM);
  private readonly pid: Pinned = pinned(PID_LENGTH);
  private readonly strings = new CStrings();
  /** Keeps the memory of what lasts. */
  private readonly constants = new CStrings();
  private readonly devNull: Pointer = this.constants.lay(['/dev/null'])[0]!.first;

  /** The pid, or `-errno`. */
  spawn(plan: SpawnPlan): number {
    const folder = plan.cwd === undefined ? [] : [plan.cwd];
    const [file, args, env, cwd] = this.strings.lay([plan.file], plan.args, plan.env, folder) as [
      CList,
      CList,
      CList,
      CList,
    ];
    const sources: number[] = [];
    const { native, actions } = this;
    const raised = this.raise(plan.stdio, sources);
    native.posix_spawn_file_actions_init(actions.address);
    try {
      let error = raised < 0 ? -raised : this.plan(sources, plan.cwd === undefined ? NULL : cwd.first);
      if (error !== 0) return -error;
      const { address } = plan.newSession ? this.inNewSession : this.plain;
      error = native.posix_spawn(this.pid.address, file.first, actions.address, address, args.address, env.address);
      return error === 0 ? this.pid.view.getInt32(0, true) : -error;
    } finally {
      native.posix_spawn_file_actions_destroy(actions.address);
      sources.forEach((fd, i) => {
        if (fd !== plan.stdio[i]) this.system.close(fd);
      });
    }
  }

  /**
   * Puts into `sources` from where the child gets its descriptors. One below 3 that becomes another than it is would be
   * overwritten before it is copied, or overwrite: a copy further up stands for it. 0 or `-errno`.
   */
  private raise(stdio: SpawnPlan['stdio'], sources: number[]): number {
    for (const [target, fd] of stdio.entries()) {
      const stays = fd < 0 || fd >= FIRST_OTHER || fd === target;
      const source = stays ? fd : this.system.fcntl(fd, F_DUPFD_CLOEXEC, FIRST_OTHER);
      if (source < 0 && fd >= 0) return source;
      sources.push(source);
    }
    return 0;
  }

  /** What is to be done in the child. An error number, or 0. */
  private plan(sources: readonly number[], cwd: Pointer): number {
    const { native, actions } = this;
    let error = 0;
    for (const [target, source] of sources.entries()) {
      if (source === DEV_NULL) {
        const mode = target === 0 ? O_RDONLY : O_RDWR;
        error ||= native.posix_spawn_file_actions_addopen(actions.address, target, this.devNull, mode, 0);
      } else {
        error ||= native.posix_spawn_file_actions_adddup2(actions.address, source, target);
      }
    }
    if (cwd !== NULL) error ||= native.posix_spawn_file_actions_addchdir_np(actions.address, cwd);
    // Ours are close-on-exec all of them; those that this process was started with need not be.
    return error || (this.closeFrom?.(actions.address, FIRST_OTHER) ?? 0);
  }

  /** All signals as they are by default, and none blocked: Node ignores SIGPIPE, and blocks some in its threads. */
  private attributes(flags: number): Pinned {
    const { native } = this;
    const attributes = pinned(ATTRIBUTES_ROOM);
    const signals = pinned(SIGNALS_ROOM);
    native.posix_spawnattr_init(attributes.address);
    // Not by sigfillset, which leaves out two signals that the C library keeps for itself: those would stay ignored.
    signals.bytes.fill(0xff, 0, SIGNALS_LENGTH);
    native.posix_spawnattr_setsigdefault(attributes.address, signals.address);
    signals.bytes.fill(0);
    native.posix_spawnattr_setsigmask(attributes.address, signals.address);
    native.posix_spawnattr_setflags(attributes.address, flags);
    return attributes;
  }
}

function bindIfThere(prototype: string): Native | undefined {
  try {
    return bindRaw(prototype);
  } catch {
    return undefined;
  }
}
