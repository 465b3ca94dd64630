/** The state of one program under tsyncio, its trace, and how values and errors are spelled in it. */
import {
  type AsCompleted,
  type AsyncCoroutineGenerator,
  AsyncExitStack,
  Barrier,
  BoundedSemaphore,
  CancelledError,
  Condition,
  type Context,
  type Coroutine,
  currentTask,
  Event,
  type EventLoop,
  ExceptionGroup,
  type Future,
  GeneratorExit,
  type Handle,
  isFuture,
  LifoQueue,
  Lock,
  PriorityQueue,
  Queue,
  Semaphore,
  TaskGroup,
  type Timeout,
  type TimerHandle,
  type Token,
} from 'tsyncio';
import type { Op, Program, Trace } from '../program.ts';

const MAX_STEPS = 600;
const MAX_EVENTS = 1500;
/** The level of what no task has to be afraid to await: plain futures. */
export const FUTURE_LEVEL = 99;

const ERROR_NAMES: Record<string, string> = { RangeError: 'ValueError', TypeError: 'ValueError' };

const REPORTS: readonly (readonly [string, RegExp])[] = [
  ['callback', /^Exception in callback/],
  ['shield', /exception in shielded future/],
  ['orphan', /has errored out but its parent task/],
  ['asyncgen', /closing of asynchronous generator/],
  ['shutdown', /^unhandled exception during/],
  ['custom', /^custom/],
];
/** Reports that depend on the collector, and those that CPython does not have. */
const NOT_COMPARED = /never retrieved|was destroyed but it is pending|deadlock|never go on|swallowed/i;

/** The error that programs raise. */
export class Boom extends Error {
  override readonly name = 'Boom';
}

/** Thrown where Python ends an asynchronous generator's step without a value. */
export class StopAsyncIteration extends Error {
  override readonly name = 'StopAsyncIteration';
}

/** A body's `return`, on its way out of nested blocks. */
export class Return {
  readonly value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }
}

/** Where a step runs: `level` is that of the body. */
export interface Frame {
  readonly level: number;
}

/** Replacements for operations that may suspend: to prove that a difference is seen. */
export type Overrides = Record<string, (m: Machine, fr: Frame, op: Op) => Coroutine<unknown>>;

/** What the runtime tells an exception handler. */
export interface Report {
  readonly message: string;
  readonly exception?: unknown;
}

export function show(value: unknown): string {
  if (value === undefined) return 'None';
  if (value instanceof Error) return error(value);
  if (Array.isArray(value)) return `[${value.map(show).join(',')}]`;
  if (isFuture(value)) return 'future';
  return String(value);
}

export function error(thrown: unknown): string {
  if (thrown instanceof CancelledError) return `CancelledError(${thrown.message})`;
  if (thrown instanceof Boom) return `Boom(${thrown.message})`;
  if (thrown instanceof ExceptionGroup) return `Group[${thrown.errors.map(error).join(',')}]`;
  if (!(thrown instanceof Error)) return `thrown ${String(thrown)}`;
  return ERROR_NAMES[thrown.name] ?? thrown.name;
}

export class Machine {
  readonly program: Program;
  readonly loop: EventLoop;
  readonly trace: Trace = [];
  over = false;
  /** The time of the deadlock in which the program ended. */
  frozenAt: number | undefined = undefined;
  eager: boolean;
  steps = 0;
  spawned = 0;
  readonly slots: (Future<unknown> | undefined)[];
  readonly levels: number[];
  readonly locks: Lock[];
  readonly events: Event[];
  readonly sems: Semaphore[];
  readonly conds: Condition[];
  readonly bars: Barrier[];
  readonly queues: Queue<number>[];
  readonly counters = [0, 0];
  readonly groups: TaskGroup[] = [];
  readonly groupLevels: number[] = [];
  readonly timeouts: Timeout[] = [];
  readonly stacks = [new AsyncExitStack(), new AsyncExitStack()];
  /** Entered by hand, and not left. */
  readonly groupOpen: boolean[] = [];
  /** Entered otherwise than by `asyncWith`; see cpython/machine.py. */
  readonly groupLoose: boolean[] = [];
  readonly timeoutOpen: boolean[] = [];
  readonly iterators: (AsCompleted<Future<unknown>, unknown> | undefined)[] = [];
  readonly iteratorLevels: number[] = [];
  readonly handles: (Handle | TimerHandle)[] = [];
  readonly contexts: Context[] = [];
  readonly tokens: Token<number | string>[] = [];
  readonly gens: AsyncCoroutineGenerator<number, unknown>[] = [];
  /** A generator that emitted while it was closed: CPython holds it for closed from then on, tsyncio closes it again. */
  exitIgnored = false;
  /** How many are being closed: such a one may ignore it, and must not be closed again before that is known. */
  gensClosing = 0;
  readonly gensOver = [true, true];
  readonly gensStarted = [false, false];
  contextRuns = 0;
  /** One function per callback of the program, as removing goes by identity. */
  callbacks: ((future?: Future<unknown>) => void)[] = [];

  /** Operations altered on purpose. */
  readonly overrides: Overrides;

  constructor(program: Program, loop: EventLoop, overrides: Overrides) {
    this.overrides = overrides;
    const { objects } = program;
    this.program = program;
    this.loop = loop;
    this.eager = program.eager;
    this.slots = new Array<undefined>(objects.slots).fill(undefined);
    this.levels = new Array<number>(objects.slots).fill(-1);
    for (let k = 0; k < objects.futures; k++) this.fill(k, loop.createFuture(), FUTURE_LEVEL);
    this.locks = Array.from({ length: objects.locks }, () => new Lock());
    this.events = Array.from({ length: objects.events }, () => new Event());
    this.sems = objects.semaphores.map(({ value, bounded }) =>
      bounded ? new BoundedSemaphore(value) : new Semaphore(value),
    );
    this.conds = objects.conditions.map(({ shared }) => new Condition(shared ? this.locks[0] : undefined));
    this.bars = objects.barriers.map((parties) => new Barrier(parties));
    const kinds = { fifo: Queue, lifo: LifoQueue, priority: PriorityQueue };
    this.queues = objects.queues.map(({ kind, max }) => new kinds[kind]<number>(max));
  }

  fill(k: number, future: Future<unknown>, level: number): void {
    this.slots[k] = future;
    this.levels[k] = level;
  }

  newGroup(x: number, { level }: Frame, loose: boolean): TaskGroup {
    this.groupOpen[x] = false;
    this.groupLoose[x] = loose;
    this.groupLevels[x] = level;
    return (this.groups[x] = new TaskGroup());
  }

  newTimeout(x: number, made: Timeout): Timeout {
    this.timeoutOpen[x] = false;
    return (this.timeouts[x] = made);
  }

  makeGenerator(x: number, made: AsyncCoroutineGenerator<number, unknown>): void {
    this.gens[x] = made;
    this.gensOver[x] = false;
    this.gensStarted[x] = false;
  }

  log(label: string, outcome: string): void {
    if (this.over) return;
    this.trace.push(`${this.loop.time()} ${currentTask(this.loop)?.getName() ?? '-'} ${label} ${outcome}`);
    if (this.trace.length >= MAX_EVENTS) this.over = true;
  }

  /** Counts a step; true when the program has to end. */
  spent(): boolean {
    this.steps += 1;
    if (this.steps > MAX_STEPS && !this.over) {
      this.log('-', 'BUDGET');
      this.over = true;
    }
    return this.over;
  }

  /** Nothing that comes later belongs to the trace. */
  freeze(): void {
    this.over = true;
    this.frozenAt = this.loop.time();
  }

  report({ message, exception }: Report): void {
    if (this.over || NOT_COMPARED.test(message)) return;
    const kind = REPORTS.find(([, pattern]) => pattern.test(message))?.[0] ?? message;
    if (kind === 'asyncgen') this.exitIgnored = true;
    this.log('handler', `${kind} ${exception === undefined ? '-' : error(exception)}`);
  }
}

/** Whether an operation swallows its own error. Python's GeneratorExit is no Exception either. */
export function swallows(op: Op, thrown: unknown): boolean {
  return op.c !== undefined && catches(op.c, thrown);
}

/** In Python no Exception, and neither is a group with one in it. */
function isGeneratorExit(thrown: unknown): boolean {
  return thrown instanceof ExceptionGroup ? thrown.errors.some(isGeneratorExit) : thrown instanceof GeneratorExit;
}

export function catches(mode: string, thrown: unknown): boolean {
  if (!(thrown instanceof Error) || isGeneratorExit(thrown)) return false;
  const cancelled = thrown instanceof CancelledError;
  if (mode === 'all') return true;
  return mode === 'cancel' ? cancelled : mode === 'err' && !cancelled;
}
