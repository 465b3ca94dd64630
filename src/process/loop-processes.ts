import type { ChildProcess } from 'node:child_process';
import { type Coroutine, describeValue } from '../core/coroutine.ts';
import { Future, PENDING } from '../core/future.ts';
import type { Scheduler } from '../core/scheduler.ts';
import { gather } from '../structured/gather.ts';
import { ChildTransport } from './child-transport.ts';
import { spawnError } from './spawn-error.ts';
import { type Command, type SubprocessOptions, startChild } from './start-child.ts';
import { SubprocessProtocol, type SubprocessTransport } from './subprocess-protocol.ts';

/** The child processes of one loop. */
export class LoopProcesses {
  readonly #scheduler: Scheduler;
  readonly #atEnd: (step: () => Coroutine<void>) => void;
  readonly #running = new Set<ChildTransport>();
  #registered = false;

  /** `atEnd` is given what is to be done when the program ends, once there is something to do. */
  constructor(scheduler: Scheduler, atEnd: (step: () => Coroutine<void>) => void) {
    this.#scheduler = scheduler;
    this.#atEnd = atEnd;
  }

  /** Starts a child. A cancel meanwhile kills it and waits for its end. */
  *spawn<P extends SubprocessProtocol>(
    factory: () => P,
    command: Command,
    options: SubprocessOptions,
  ): Coroutine<[SubprocessTransport, P]> {
    this.#check();
    const protocol: unknown = factory();
    if (!(protocol instanceof SubprocessProtocol)) {
      throw new TypeError(
        `the protocol factory must return a SubprocessProtocol, it returned ${describeValue(protocol)}`,
      );
    }
    const child = startChild(command, options);
    if (child.pid === undefined) throw yield* failure(child, command, this.#scheduler);
    const transport = new ChildTransport(this.#scheduler, child, protocol, (one) => this.#running.delete(one));
    this.#running.add(transport);
    try {
      yield* this.#started(transport);
    } catch (error) {
      transport.close();
      yield* transport.waitExit();
      throw error;
    }
    return [transport, protocol as P];
  }

  #check(): void {
    this.#scheduler.checkOpen();
    this.#scheduler.checkRealTime('processes');
    if (this.#registered) return;
    this.#registered = true;
    this.#atEnd(() => this.#end());
  }

  #started(transport: ChildTransport): Future<void> {
    const future = new Future<void>({ loop: this.#scheduler });
    this.#scheduler.callSoon(() => {
      transport.start();
      if (future._state === PENDING) future.setResult();
    });
    return future;
  }

  /** No child outlives its loop. */
  *#end(): Coroutine<void> {
    const left = [...this.#running];
    for (const transport of left) transport.close();
    yield* gather(left.map((transport) => transport.waitExit()));
  }
}

/** Node tells of a program that cannot be started by an event. */
function* failure(child: ChildProcess, command: Command, scheduler: Scheduler): Coroutine<unknown> {
  const future = new Future<unknown>({ loop: scheduler });
  child.on('error', (error) => {
    if (future._state === PENDING) future.setResult(error);
  });
  for (const stream of child.stdio) stream?.destroy();
  const path = 'shell' in command ? command.shell : command.program;
  return spawnError(yield* future, path);
}
