import * as errno from '../io/errno.ts';
import type { ProcessCalls, SpawnPlan } from '../io/process-calls.ts';
import type { Network } from '../net/network.ts';
import type { Child } from './child.ts';
import { OwnChild } from './own-child.ts';
import { OwnStdio } from './own-stdio.ts';
import { programFiles, seenFromHere } from './program-files.ts';
import { SpawnError } from './spawn-error.ts';
import type { checkStdio } from './stdio.ts';

/** What is to be run, in words of the system; file and descriptors are still to be found. */
export type OwnPlan = Omit<SpawnPlan, 'stdio' | 'file'> & {
  readonly program: string;
  /** What errors call it. */
  readonly name: string;
  readonly choices: ReturnType<typeof checkStdio>;
  /** Where it is looked for. */
  readonly path: string | undefined;
};

/** With these, as the C libraries do, the next folder is asked. */
const NOT_HERE: ReadonlySet<number> = new Set([
  -errno.ENOENT,
  -errno.ENOTDIR,
  -errno.EACCES,
  -errno.ESTALE,
  -errno.ENODEV,
  -errno.ETIMEDOUT,
]);
const SHELL = '/bin/sh';

/**
 * Starts a child without Node, which shares our memory with it until it runs, where Node copies the tables of all its
 * pages. Undefined where the driver has no descriptors, or the system not all that is needed. Throws SpawnError, with
 * nothing left open.
 */
export function startOwnChild(network: Network, plan: OwnPlan): Child | undefined {
  const calls = network.driver.descriptors;
  const processes = calls?.processes;
  if (calls === undefined || processes === undefined) return undefined;
  const stdio = new OwnStdio(calls, processes);
  try {
    const opened = stdio.open(plan.choices);
    const pid = opened < 0 ? opened : spawn(processes, plan, stdio.sources);
    if (pid < 0) throw failure(pid, plan.name);
    return follow(network, processes, pid, stdio, plan.name);
  } catch (error) {
    stdio.closeOurs();
    throw error;
  } finally {
    stdio.closeTheirs();
  }
}

function follow(network: Network, processes: ProcessCalls, pid: number, stdio: OwnStdio, name: string): OwnChild {
  const pidFd = processes.openPid(pid);
  if (pidFd < 0) {
    processes.kill(pid, 9);
    processes.collectKilled(pid);
    throw failure(pidFd, name);
  }
  const child = new OwnChild(network, processes, { pid, pidFd, ours: stdio.ours });
  try {
    child.watch();
  } catch (error) {
    child.discard();
    throw error;
  }
  return child;
}

function failure(result: number, name: string): SpawnError {
  return new SpawnError(errno.errnoName(result), result, name);
}

/** The pid, or `-errno`. */
function spawn(processes: ProcessCalls, plan: OwnPlan, stdio: SpawnPlan['stdio']): number {
  const { program, path, cwd } = plan;
  // What cannot be entered would look as if there were no such program in this folder of PATH, nor in the next.
  const entered = cwd === undefined ? 0 : processes.exists(`${cwd}/.`);
  if (entered < 0) return entered;
  const files = programFiles(program, path);
  let result = -errno.ENOENT;
  let denied = false;
  for (const file of files) {
    // Asking costs a hundredth of trying.
    const found = files.length === 1 ? 0 : processes.exists(seenFromHere(file, cwd));
    result = found < 0 ? found : run(processes, { ...plan, file, stdio });
    if (!NOT_HERE.has(result)) return result;
    denied ||= result === -errno.EACCES;
  }
  return denied ? -errno.EACCES : result;
}

function run(processes: ProcessCalls, plan: SpawnPlan): number {
  const result = processes.spawn(plan);
  if (result !== -errno.ENOEXEC) return result;
  // A script that does not say whose it is: the shell's, as everywhere.
  return processes.spawn({ ...plan, file: SHELL, args: [SHELL, plan.file, ...plan.args.slice(1)] });
}
