import type { ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import type { Coroutine } from '../core/coroutine.ts';
import { Future, PENDING } from '../core/future.ts';
import type { Scheduler } from '../core/scheduler.ts';
import { ESRCH, errnoNumber } from '../io/errno.ts';
import { nodeChildProcess } from '../node/builtins.ts';
import type { Child, ChildPipe } from './child.ts';
import { type Command, commandLine, commandName, folderOf, type SubprocessOptions } from './command.ts';
import { merged } from './merged.ts';
import { NodeStreamTransport } from './node-stream-transport.ts';
import { type PipeOwner, PipeProtocol } from './pipe-protocol.ts';
import { spawnError } from './spawn-error.ts';
import { nodeStdio } from './stdio.ts';

/** Starts a child by node:child_process. Throws TypeError for bad arguments, SpawnError. */
export function* startNodeChild(scheduler: Scheduler, command: Command, options: SubprocessOptions): Coroutine<Child> {
  const started = spawn(command, options);
  if (started.pid === undefined) throw yield* failure(started, command, scheduler);
  return new NodeChild(scheduler, started);
}

/** Node waits for its exit itself, so that none is left as a zombie. */
class NodeChild implements Child {
  readonly pid: number;
  readonly subprocess: ChildProcess;
  readonly #scheduler: Scheduler;

  constructor(scheduler: Scheduler, child: ChildProcess) {
    this.pid = child.pid!;
    this.subprocess = child;
    this.#scheduler = scheduler;
    // What cannot be sent to it is told by who sends; without a listener an event of it would be thrown.
    child.on('error', () => {});
  }

  pipes(owner: PipeOwner): Map<number, ChildPipe> {
    const { subprocess } = this;
    const pipes = new Map<number, ChildPipe>();
    subprocess.stdio.forEach((stream, fd) => {
      if (stream === null || stream === undefined) return;
      const streams = fd === 0 ? { writable: stream as Writable } : { readable: stream as Readable };
      const protocol = new PipeProtocol(owner, fd);
      pipes.set(fd, new NodeStreamTransport(this.#scheduler, streams, protocol, [['subprocess', subprocess]]));
    });
    return pipes;
  }

  onExit(ended: (returncode: number) => void): void {
    this.subprocess.on('exit', (code, signal) => ended(code ?? -constants.signals[signal!]));
  }

  /** Not by the ChildProcess's own method, which knows only signals that have names. */
  kill(signal: number): number {
    const { exitCode, signalCode } = this.subprocess;
    if (exitCode !== null || signalCode !== null) return 0;
    try {
      process.kill(this.pid, signal);
      return 0;
    } catch (error) {
      // It has ended, but nobody was told yet: then there is nothing to be done.
      const { code } = error as NodeJS.ErrnoException;
      return code === 'ESRCH' ? 0 : -(errnoNumber(code ?? '') ?? ESRCH);
    }
  }

  /** Node goes on for it in any case. */
  loopRuns(): void {}
}

/** An `error` event follows where the child has no pid. */
function spawn(command: Command, options: SubprocessOptions): ChildProcess {
  const { stdio, merge } = nodeStdio(options);
  const cwd = folderOf(options);
  let [program, args] = commandLine(command);
  if (merge) [program, args] = merged(program, args, cwd ?? process.cwd(), (options.env ?? process.env).PATH ?? '');
  try {
    return nodeChildProcess().spawn(program, args, {
      cwd,
      env: options.env === undefined ? process.env : options.env,
      detached: options.startNewSession ?? false,
      uid: options.uid,
      gid: options.gid,
      argv0: options.argv0,
      windowsHide: true,
      stdio,
    });
  } catch (error) {
    throw spawnError(error, program);
  }
}

/** Node tells of a program that cannot be started by an event. */
function* failure(child: ChildProcess, command: Command, scheduler: Scheduler): Coroutine<unknown> {
  const future = new Future<unknown>({ loop: scheduler });
  child.on('error', (error) => {
    if (future._state === PENDING) future.setResult(error);
  });
  for (const stream of child.stdio) stream?.destroy();
  return spawnError(yield* future, commandName(command));
}
