/** In place of a descriptor: nothing comes from it, and what goes to it is dropped. */
export const DEV_NULL = -1;

/** What a process is made of. Signals do in it what they do by default, and none is blocked. */
export interface SpawnPlan {
  /** The program's file, from `cwd` if it is relative. */
  readonly file: string;
  readonly args: readonly string[];
  /** Each `NAME=value`. */
  readonly env: readonly string[];
  readonly cwd: string | undefined;
  /** In a session, and so a process group, of its own. */
  readonly newSession: boolean;
  /** What its descriptors 0, 1 and 2 are copies of. All others that are close-on-exec are closed in it. */
  readonly stdio: readonly [number, number, number];
}

/**
 * The system's own calls on processes, where they all are there. Results are `>= 0`, or `-errno`; strings are without
 * NUL. A process that was started has to be collected, once, after its end.
 */
export interface ProcessCalls {
  /** Gives its pid, when the program runs in it already: what cannot be run is told here. */
  spawn(plan: SpawnPlan): number;
  /** A descriptor of a process that was not collected yet: readable from its end on. Close-on-exec. */
  openPid(pid: number): number;
  /** Undefined while it runs. Else its exit code, or the negative number of the signal that ended it; never twice. */
  collect(pid: number): number | undefined;
  /** Waits for its end, of which it must be sure: after SIGKILL. */
  collectKilled(pid: number): void;
  kill(pid: number, signal: number): number;
  /** Where reading and writing may wait; both close-on-exec. */
  pipe(): [reader: number, writer: number] | number;
  /** 0 when there is such a file. */
  exists(path: string): number;
  /** For everybody who shares what is open there. */
  setBlocking(fd: number): number;
  /**
   * Node does not end before the process of `pidFd` has, and `ended` is called then, in Node's time: for processes
   * whose loop does not run. Gives what calls it off.
   */
  outlast(pidFd: number, ended: () => void): () => void;
}
