import { type Context, copyContext } from '../core/context.ts';
import { Poll, READABLE, SUBMITTED, WRITABLE } from '../io/operation.ts';
import { osError } from '../io/os-error.ts';
import { checkFunction, checkInteger } from './check.ts';
import type { Network } from './network.ts';
import { descriptorsOf } from './ready.ts';

/** Calls back once a turn for as long as a descriptor is ready: asyncio's readers and writers. */
class Watch extends Poll {
  active = true;
  readonly #network: Network;
  readonly #callback: () => void;
  readonly #context: Context;
  readonly #forget: () => void;

  constructor(network: Network, fd: number, events: number, callback: () => void, forget: () => void) {
    super();
    this.#network = network;
    this.#callback = callback;
    this.#context = copyContext();
    this.#forget = forget;
    this.fd = fd;
    this.events = events;
  }

  start(): void {
    this.#network.driver.submit(this);
  }

  stop(): void {
    this.active = false;
    if (this.state === SUBMITTED) this.#network.driver.cancel(this);
  }

  override onEnd(result: number): void {
    const { scheduler } = this.#network;
    if (!this.active || scheduler.closed) return;
    if (result >= 0) {
      scheduler.callSoon(() => this.#call(), this.#context);
      return;
    }
    this.active = false;
    this.#forget();
    scheduler.report({ message: `descriptor ${this.fd} can no longer be watched`, exception: osError(result, 'poll') });
  }

  #call(): void {
    if (!this.active) return;
    try {
      this.#callback();
    } finally {
      // Asked anew, so that what is left is told again.
      if (this.active) this.start();
    }
  }
}

/** The readers and writers of one loop, one of each for a descriptor. */
class Watchers {
  readonly #network: Network;
  readonly #tables = new Map<number, Map<number, Watch>>([
    [READABLE, new Map()],
    [WRITABLE, new Map()],
  ]);

  constructor(network: Network) {
    this.#network = network;
  }

  add(fd: number, events: number, callback: () => void): void {
    const table = this.#tables.get(events)!;
    table.get(fd)?.stop();
    const watch = new Watch(this.#network, fd, events, callback, () => table.delete(fd));
    table.set(fd, watch);
    watch.start();
  }

  remove(fd: number, events: number): boolean {
    const table = this.#tables.get(events)!;
    table.get(fd)?.stop();
    return table.delete(fd);
  }
}

const watchersByNetwork = new WeakMap<Network, Watchers>();

function watchersOf(network: Network): Watchers {
  let watchers = watchersByNetwork.get(network);
  if (watchers === undefined) watchersByNetwork.set(network, (watchers = new Watchers(network)));
  return watchers;
}

/** A number, or what has one: a Socket, a FileHandle. */
export type DescriptorLike = number | { readonly fd: number } | { fileno(): number };

/** Throws TypeError, RangeError unless it is a descriptor. */
export function descriptorOf(given: DescriptorLike, what: string): number {
  const fd: unknown =
    typeof given !== 'object' || given === null ? given : 'fileno' in given ? given.fileno() : given.fd;
  checkInteger(fd, `${what}: the descriptor`, 0);
  return fd;
}

function watch(network: Network, given: DescriptorLike, callback: () => void, events: number, what: string): void {
  const fd = descriptorOf(given, what);
  checkFunction(callback, what, 'a function to call');
  // Asks whether it is open: a mistake is better told here than to the exception handler.
  descriptorsOf(network, what).kindOf(fd);
  watchersOf(network).add(fd, events, callback);
}

export function addReader(network: Network, fd: DescriptorLike, callback: () => void): void {
  watch(network, fd, callback, READABLE, 'addReader');
}

export function addWriter(network: Network, fd: DescriptorLike, callback: () => void): void {
  watch(network, fd, callback, WRITABLE, 'addWriter');
}

/** True when there was one. */
export function removeReader(network: Network, fd: DescriptorLike): boolean {
  return watchersOf(network).remove(descriptorOf(fd, 'removeReader'), READABLE);
}

/** True when there was one. */
export function removeWriter(network: Network, fd: DescriptorLike): boolean {
  return watchersOf(network).remove(descriptorOf(fd, 'removeWriter'), WRITABLE);
}
