import { type Coroutine, describeValue } from '../core/coroutine.ts';
import { Future, PENDING } from '../core/future.ts';
import type { Scheduler } from '../core/scheduler.ts';
import type { Network } from '../net/network.ts';
import { gather } from '../structured/gather.ts';
import { startOwnChild } from './at-first-use.ts';
import type { Child } from './child.ts';
import { ChildTransport } from './child-transport.ts';
import type { Command, SubprocessOptions } from './command.ts';
import { startNodeChild } from './node-child.ts';
import { ownPlan } from './own-plan.ts';
import { SubprocessProtocol, type SubprocessTransport } from './subprocess-protocol.ts';

/** The child processes of one loop. */
export class LoopProcesses {
  readonly #scheduler: Scheduler;
  readonly #network: Network | undefined;
  readonly #atEnd: (step: () => Coroutine<void>) => void;
  readonly #running = new Set<ChildTransport>();
  #registered = false;

  /** `atEnd` is given what is to be done when the program ends, once there is something to do. */
  constructor(scheduler: Scheduler, network: Network | undefined, atEnd: (step: () => Coroutine<void>) => void) {
    this.#scheduler = scheduler;
    this.#network = network;
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
    const child = this.#startOwn(command, options) ?? (yield* startNodeChild(this.#scheduler, command, options));
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

  /** The loop has stopped, or runs again. */
  loopRuns(runs: boolean): void {
    for (const transport of this.#running) transport.loopRuns(runs);
  }

  /** Undefined where Node has to do it. */
  #startOwn(command: Command, options: SubprocessOptions): Child | undefined {
    const network = this.#network;
    const plan = network === undefined ? undefined : ownPlan(command, options);
    return plan === undefined ? undefined : startOwnChild(network!, plan);
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
