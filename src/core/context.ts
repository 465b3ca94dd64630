/**
 * Context variables (PEP 567): values that follow a task instead of a thread.
 *
 * A copy must be cheap, since every task and handle takes one: contexts share one Map until one of them writes. And most
 * are never looked at: so what a task or handle keeps is the Map alone. A Context is lent to it for each step or call, and
 * becomes its own only when somebody writes to it or asks for it.
 */
import { describeValue } from './coroutine.ts';
import { RuntimeError } from './errors.ts';
import { LookupError } from './lookup-error.ts';

/** The values of a context that nobody has looked at. Never changed: a context copies it before it writes. @internal */
export type Values = Map<ContextVar<unknown>, unknown>;

/** A task, a handle, a callback: what runs in a context. @internal */
export interface ContextHolder {
  /** A context, or the values of the one that it would have if somebody asked. */
  _context: Context | Values;
}

const NOTHING: unique symbol = Symbol('no value');
const EMPTY: Values = new Map();

/** A mapping of context variables to values. `copyContext()` makes one; a task runs in a copy of its creator's. */
export class Context {
  /** @internal */
  _values: Values = EMPTY;
  /** True while another context may hold the same Map: it must be copied before a write. @internal */
  _shared = true;
  /** True while a callback or task step runs in it. @internal */
  entered = false;
  /** Lent to the task or callback that runs in it, which may keep it. @internal */
  _lent = false;

  /** A copy, in constant time. */
  copy(): Context {
    const copy = new Context();
    copy._values = this._values;
    this._shared = true;
    return copy;
  }

  /**
   * Calls `fn` with this context as the current one, and returns what it returns.
   * Throws RuntimeError when the context is entered already.
   */
  run<T>(fn: () => T): T {
    const previous = enterContext(this);
    try {
      return fn();
    } finally {
      leaveContext(this, previous);
    }
  }

  /** The value of `variable` in this context; undefined where it was never set. Defaults do not count. */
  get<T>(variable: ContextVar<T>): T | undefined {
    return this._values.get(variable as ContextVar<unknown>) as T | undefined;
  }

  has(variable: ContextVar<unknown>): boolean {
    return this._values.has(variable);
  }

  get size(): number {
    return this._values.size;
  }

  keys(): IterableIterator<ContextVar<unknown>> {
    return this._values.keys();
  }

  entries(): IterableIterator<[ContextVar<unknown>, unknown]> {
    return this._values.entries();
  }

  [Symbol.iterator](): IterableIterator<ContextVar<unknown>> {
    return this._values.keys();
  }

  /** @internal */
  lookup(variable: ContextVar<unknown>): unknown {
    const values = this._values;
    return values.size > 0 && values.has(variable) ? values.get(variable) : NOTHING;
  }

  /** @internal */
  assign(variable: ContextVar<unknown>, value: unknown): void {
    if (this._lent) keep(this);
    if (this._shared) {
      this._values = new Map(this._values);
      this._shared = false;
    }
    if (value === NOTHING) this._values.delete(variable);
    else this._values.set(variable, value);
  }
}

let current = new Context();

/** @internal */
export function enterContext(context: Context): Context {
  if (context.entered) throw new RuntimeError('cannot enter context: it is already entered');
  const previous = current;
  if (previous._lent) keep(previous);
  context.entered = true;
  current = context;
  return previous;
}

/** @internal */
export function leaveContext(context: Context, previous: Context): void {
  context.entered = false;
  current = previous;
}

/** The one that is lent to what runs, or else to the next: there is never more than one. */
let lent = newLent();
/** The one that the running task or handle keeps, until it knows of it. */
let kept: Context | undefined;

function newLent(): Context {
  const context = new Context();
  context._lent = true;
  return context;
}

/** From now on it belongs to the task or handle that runs in it. */
function keep(context: Context): void {
  context._lent = false;
  context.entered = true;
  kept = context;
  lent = newLent();
}

/** Enters the context of a task for one step, or of a callback. Gives the one before, for `leaveStep`. @internal */
export function enterStep(holder: ContextHolder): Context {
  const own = holder._context;
  const previous = current;
  if (lent._values !== own || previous._lent) return enterOther(own, previous);
  current = lent;
  return previous;
}

function enterOther(own: Context | Values, previous: Context): Context {
  if (own instanceof Context) return enterContext(own);
  if (previous._lent) keep(previous);
  lent._values = own;
  current = lent;
  return previous;
}

/** @internal */
export function leaveStep(holder: ContextHolder, previous: Context): void {
  const context = current;
  current = previous;
  if (context._lent) return;
  kept = undefined;
  context.entered = false;
  holder._context = context;
}

/** The context of a task or handle, which is its own from now on. `running`: it is what runs. @internal */
export function contextOf(holder: ContextHolder, running = false): Context {
  const own = holder._context;
  if (own instanceof Context) return own;
  const context = running ? contextOfRunning() : contextWith(own);
  holder._context = context;
  return context;
}

function contextOfRunning(): Context {
  if (kept === undefined) keep(current);
  const context = kept!;
  kept = undefined;
  return context;
}

function contextWith(values: Values): Context {
  const context = new Context();
  context._values = values;
  return context;
}

/** As `copyContext`, for a holder: a Context is made of it when somebody asks. @internal */
export function currentValues(): Values {
  current._shared = true;
  return current._values;
}

/** The context given to a task or callback, or else what a holder keeps of the current one. Throws TypeError. @internal */
export function contextGiven(context: Context | null | undefined): Context | Values {
  if (context === undefined || context === null) return currentValues();
  if (context instanceof Context) return context;
  throw new TypeError(`context must be a Context, got ${describeValue(context)}`);
}

/** A copy of the current context. */
export function copyContext(): Context {
  return current.copy();
}

/** What `ContextVar.set` returns: gives the former value back, once. Disposable: `using _ = variable.set(1)`. */
export class Token<T> {
  readonly variable: ContextVar<T>;
  /** The value before `set`; undefined when there was none. */
  readonly oldValue: T | undefined;
  /** @internal */ readonly before: unknown;
  /** @internal */ readonly context: Context;
  /** @internal */ used = false;

  /** @internal */
  constructor(variable: ContextVar<T>, before: unknown, context: Context) {
    this.variable = variable;
    this.oldValue = before === NOTHING ? undefined : (before as T);
    this.before = before;
    this.context = context;
  }

  [Symbol.dispose](): void {
    this.variable.reset(this);
  }
}

/**
 * A variable whose value belongs to the context of the running task.
 *
 * @example
 * const user = new ContextVar<string>('user', { defaultValue: 'nobody' });
 * user.set('Ann');
 * user.get(); // 'Ann', in this task and in the tasks that it creates from now on
 */
export class ContextVar<T> {
  readonly name: string;
  readonly #default: T | typeof NOTHING;

  constructor(name: string, ...options: [] | [{ readonly defaultValue?: T }]) {
    if (typeof name !== 'string') throw new TypeError(`ContextVar name must be a string, not ${describeValue(name)}`);
    this.name = name;
    const given = options[0];
    this.#default = given !== undefined && 'defaultValue' in given ? (given.defaultValue as T) : NOTHING;
  }

  /** The value in the current context, else `defaultValue`, else the variable's own default. Throws LookupError. */
  get(...defaultValue: [] | [T]): T {
    const value = current.lookup(this as ContextVar<unknown>);
    if (value !== NOTHING) return value as T;
    if (defaultValue.length > 0) return defaultValue[0] as T;
    if (this.#default !== NOTHING) return this.#default as T;
    throw new LookupError(`context variable ${this.name} has no value here and no default`);
  }

  /** Sets the value in the current context. */
  set(value: T): Token<T> {
    const token = new Token<T>(this, current.lookup(this as ContextVar<unknown>), current);
    current.assign(this as ContextVar<unknown>, value);
    return token;
  }

  /** Gives back the value before the `set` that made `token`. Throws RangeError for a token of another variable or context, RuntimeError for a used one. */
  reset(token: Token<T>): void {
    if (!(token instanceof Token)) throw new TypeError(`expected a Token, got ${describeValue(token)}`);
    if (token.used) throw new RuntimeError(`the token of ${this.name} has already been used once`);
    if (token.variable !== this) throw new RangeError(`the token was created by another variable than ${this.name}`);
    if (token.context !== current) throw new RangeError(`the token of ${this.name} was created in a different Context`);
    token.used = true;
    current.assign(this as ContextVar<unknown>, token.before);
  }
}
