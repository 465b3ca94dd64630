import type { Clock, Scheduler } from '../core/scheduler.ts';
import { setRunningScheduler } from '../core/scheduler.ts';
import { releaseFresh } from '../core/unretrieved.ts';
import type { Driver } from '../io/driver.ts';
import type { Host } from './host.ts';
import { Linger } from './linger.ts';
import { ProcessListener } from './process-listener.ts';

const nodeIsIdle = new ProcessListener('beforeExit');

/** In milliseconds: how long turns may follow each other before Node's own callbacks get theirs. */
const SLICE_MS = 1;
/** The clock is read once in so many handles, at the least: many turns are shorter than reading it. */
const HOPS_BETWEEN_CLOCK_READS = 64;
/**
 * In milliseconds: when nothing is ready but there was traffic in this slice, the next message is waited for in the
 * driver for so long before the thread goes back to Node. The way through libuv and back costs as much as several messages.
 */
const LINGER_MS = 0.2;
/** The longest delay that setTimeout takes, in milliseconds. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/**
 * Slices run as a microtask of the immediate or timeout that begins them. An exception that is thrown there costs half of
 * what it costs elsewhere (docs/design/scheduler.md), and a cancel is two or three of them.
 */
const SETTLED = Promise.resolve();

/** Watches a driver's `readyFd` inside Node's own loop. */
export interface Watch {
  start(): void;
  stop(): void;
  ref(): void;
  unref(): void;
  close(): void;
}

/**
 * Gives the loop its turns inside Node's own loop: slices of turns in `setImmediate`, and between them either the next
 * slice or sleep, in which a timer, the driver's completions or a wake-up from Node's side begin the next one.
 */
export class NodeHost implements Host {
  readonly clock: Clock = performance;
  #driver: Driver | undefined = undefined;
  #watch: Watch | undefined = undefined;
  #scheduler: Scheduler | undefined = undefined;
  #stopping: () => boolean = () => true;
  #onStuck: () => void = () => {};
  #settle: { resolve: () => void; reject: (error: unknown) => void } | undefined = undefined;
  #immediate: NodeJS.Immediate | undefined = undefined;
  #timeout: NodeJS.Timeout | undefined = undefined;
  readonly #slice = (): void => void SETTLED.then(this.#inMicrotask);
  readonly #inMicrotask = (): void => {
    const ambient = this.#scheduler?.ambient;
    if (ambient === undefined) this.#runSlice();
    else ambient.enterHome(() => this.#runSlice());
  };
  readonly #lingering = new Linger(this.clock);
  readonly #wake = (): void => this.#schedule();
  readonly #idle = (): void => this.#nodeIsIdle();

  get driver(): Driver | undefined {
    return this.#driver;
  }

  /** Gives it the driver to look at between turns; `watch` wakes the host while it sleeps. */
  attach(driver: Driver, watch: Watch | undefined): void {
    this.#driver = driver;
    this.#watch = watch;
    driver.onWake = this.#wake;
  }

  /** Called by the watch, in an immediate of Node's, when completions may wait. */
  get ready(): () => void {
    return this.#slice;
  }

  run(scheduler: Scheduler, stopping: () => boolean, onStuck: () => void): Promise<void> {
    this.#scheduler = scheduler;
    this.#stopping = stopping;
    this.#onStuck = onStuck;
    scheduler.onWake = this.#wake;
    nodeIsIdle.add(this.#idle);
    const over = new Promise<void>((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    this.#schedule();
    return over;
  }

  close(): void {
    this.#endSleep();
    this.#watch?.close();
    this.#driver?.dispose();
  }

  #schedule(): void {
    if (this.#scheduler !== undefined) this.#scheduler.asleep = false;
    this.#immediate ??= setImmediate(this.#slice);
  }

  #runSlice(): void {
    this.#endSleep();
    if (this.#settle === undefined) return;
    const before = setRunningScheduler(this.#scheduler);
    let goOn: boolean;
    try {
      goOn = this.#turns();
    } catch (error) {
      this.#finish(error);
      return;
    } finally {
      setRunningScheduler(before);
    }
    if (this.#settle === undefined) return;
    if (goOn) this.#schedule();
    else this.#sleep();
  }

  /** Turns until nothing is ready (false) or the slice is used up (true). */
  #turns(): boolean {
    const scheduler = this.#scheduler!;
    const end = this.clock.now() + SLICE_MS;
    let readClockAt = scheduler.hops + HOPS_BETWEEN_CLOCK_READS;
    let completed = this.#driver?.poll() ?? 0;
    let traffic = false;
    for (;;) {
      traffic ||= completed > 0;
      scheduler.turn();
      if (this.#stopping()) {
        this.#driver?.flush();
        this.#finish();
        return false;
      }
      if (scheduler.ready.length > 0 || this.#timerDue()) {
        if (scheduler.hops >= readClockAt) {
          if (this.clock.now() >= end) return true;
          readClockAt = scheduler.hops + HOPS_BETWEEN_CLOCK_READS;
        }
        completed = this.#driver?.poll() ?? 0;
      } else {
        completed = this.#linger(traffic, end);
        if (completed === 0 && scheduler.ready.length === 0) return false;
      }
    }
  }

  /** Nothing is ready: looks for completions, after traffic for a moment longer. Returns how many came. */
  #linger(traffic: boolean, end: number): number {
    const driver = this.#driver;
    if (driver === undefined) return 0;
    // Without a descriptor of its own, nothing arrives in the driver while it has the thread.
    if (!traffic || driver.readyFd === undefined || this.#scheduler!.underWay > 0) return driver.poll();
    const now = this.clock.now();
    const deadline = this.#scheduler!.timers.next() ?? end;
    const time = Math.min(LINGER_MS, deadline - now, end - now);
    // At the end of the slice: before it sleeps, the driver looks once more.
    if (time <= 0 || driver.stats.inFlight === 0) return 0;
    return this.#lingering.await(driver, time);
  }

  #timerDue(): boolean {
    const deadline = this.#scheduler!.timers.next();
    return deadline !== undefined && deadline <= this.clock.now();
  }

  #finish(...error: [] | [unknown]): void {
    const settle = this.#settle;
    this.#settle = undefined;
    this.#scheduler!.asleep = false;
    this.#watch?.stop();
    nodeIsIdle.remove(this.#idle);
    if (error.length > 0) settle?.reject(error[0]);
    else settle?.resolve();
  }

  #sleep(): void {
    releaseFresh();
    const scheduler = this.#scheduler!;
    const driver = this.#driver;
    const deadline = scheduler.timers.next();
    const delay = deadline === undefined ? undefined : Math.max(0, deadline - this.clock.now());
    if (driver !== undefined && !driver.prepareSleep(delay)) {
      this.#schedule();
      return;
    }
    scheduler.asleep = true;
    const driverKeepsTime = driver?.timed === true;
    if (delay !== undefined && !driverKeepsTime) {
      this.#timeout = setTimeout(this.#slice, Math.min(Math.ceil(delay), LONGEST_TIMEOUT_MS));
    }
    if (driver === undefined || this.#watch === undefined) return;
    // Node may end when only our watch is left and nothing can come of it: then nobody completes what is waited for.
    if (driver.stats.inFlight > 0 || (delay !== undefined && driverKeepsTime)) this.#watch.ref();
    else this.#watch.unref();
    // It is not stopped when the sleep ends, only when the run does: while awake a driver is silent or is looked at anyway.
    this.#watch.start();
  }

  #endSleep(): void {
    if (this.#scheduler !== undefined) this.#scheduler.asleep = false;
    if (this.#timeout !== undefined) clearTimeout(this.#timeout);
    this.#timeout = undefined;
    if (this.#immediate !== undefined) clearImmediate(this.#immediate);
    this.#immediate = undefined;
  }

  /** Node has nothing left to do and would exit: what the main task waits for can never come. */
  #nodeIsIdle(): void {
    if (this.#settle === undefined || this.#scheduler?.asleep !== true) return;
    this.#endSleep();
    try {
      this.#onStuck();
      this.#finish();
    } catch (error) {
      this.#finish(error);
    }
  }
}
