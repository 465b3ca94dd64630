import { constants } from 'node:os';
import { Poll, READABLE } from '../io/operation.ts';
import type { ProcessCalls } from '../io/process-calls.ts';
import type { Network } from '../net/network.ts';
import type { Child, ChildPipe } from './child.ts';
import { InputPipe, OutputPipe } from './own-pipes.ts';
import { type PipeOwner, PipeProtocol } from './pipe-protocol.ts';

/**
 * A child that we have started. The driver tells when `pidFd` becomes readable, and then its status is collected: by its
 * pid alone, as Node does with its own children. Until then the pid is surely its, and it may be sent signals.
 *
 * While its loop does not run, Node's loop waits for it in the driver's place, so that Node does not end before it, and
 * it is collected also when its loop was closed.
 */
export class OwnChild extends Poll implements Child {
  readonly pid: number;
  readonly subprocess: { readonly pid: number };
  readonly #network: Network;
  readonly #processes: ProcessCalls;
  readonly #ours: ReadonlyMap<number, number>;
  #ended: (returncode: number) => void = () => {};
  /** Undefined until it was collected. */
  #returncode: number | undefined = undefined;
  #stopOutlasting: (() => void) | undefined = undefined;
  /** The driver cannot watch it. */
  #unwatched = false;

  /** Call `watch` next. `ours` are our ends of the pipes; `pidFd` is this object's from now on. */
  constructor(
    network: Network,
    processes: ProcessCalls,
    { pid, pidFd, ours }: { readonly pid: number; readonly pidFd: number; readonly ours: ReadonlyMap<number, number> },
  ) {
    super();
    this.#network = network;
    this.#processes = processes;
    this.#ours = ours;
    this.pid = pid;
    this.subprocess = { pid };
    this.fd = pidFd;
    this.events = READABLE;
    network.driver.adopt?.(pidFd);
  }

  watch(): void {
    this.#network.driver.submit(this);
  }

  /** The child is killed: nobody will hear of it. */
  discard(): void {
    this.kill(constants.signals.SIGKILL);
    this.#processes.collectKilled(this.pid);
    this.#network.driver.close(this.fd);
  }

  pipes(owner: PipeOwner): Map<number, ChildPipe> {
    const pipes = new Map<number, ChildPipe>();
    for (const [target, fd] of this.#ours) {
      this.#network.driver.adopt?.(fd);
      const Pipe = target === 0 ? InputPipe : OutputPipe;
      pipes.set(target, new Pipe(this.#network, fd, new PipeProtocol(owner, target)));
    }
    return pipes;
  }

  onExit(ended: (returncode: number) => void): void {
    this.#ended = ended;
  }

  kill(signal: number): number {
    return this.#returncode === undefined ? this.#processes.kill(this.pid, signal) : 0;
  }

  loopRuns(runs: boolean): void {
    if (!runs) this.#outlast();
    else if (!this.#unwatched) this.#forgetOutside();
  }

  override onEnd(result: number): void {
    if (this.#network.scheduler.closed) return;
    this.#collect();
    if (this.#returncode !== undefined) this.#tell();
    else if (result >= 0) this.watch();
    else {
      this.#unwatched = true;
      this.#outlast();
    }
  }

  #collect(): void {
    this.#returncode ??= this.#processes.collect(this.pid);
  }

  #tell(): void {
    this.#forgetOutside();
    this.#network.driver.close(this.fd);
    this.#ended(this.#returncode!);
  }

  #outlast(): void {
    if (this.#returncode !== undefined) return;
    this.#stopOutlasting ??= this.#processes.outlast(this.fd, () => {
      this.#collect();
      // Else the driver tells when the loop runs again, or it is closed.
      if (this.#unwatched && !this.#network.scheduler.closed) this.#tell();
    });
  }

  #forgetOutside(): void {
    this.#stopOutlasting?.();
    this.#stopOutlasting = undefined;
  }
}
