import { CancelledError, InvalidStateError, RuntimeError, TimeoutError } from '../core/errors.ts';

/**
 * A thrown value on its way between threads. The structured clone of an Error drops its class and all properties but
 * message and stack, so it goes as a record and is rebuilt.
 */
export type ErrorRecord = { readonly value: unknown } | ErrorFields;

interface ErrorFields {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly cause?: ErrorRecord;
  readonly errors?: readonly ErrorRecord[];
}

/** How deep causes are followed: an error may be its own cause. */
const DEEPEST_CAUSE = 8;
const CLASSES: readonly (new (message?: string) => Error)[] = [
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
  CancelledError,
  InvalidStateError,
  RuntimeError,
  TimeoutError,
];

export function recordError(error: unknown, depth = 0): ErrorRecord {
  if (!(error instanceof Error)) return { value: isCloneable(error) ? error : String(error) };
  const { name, message, stack, cause } = error;
  const deeper = depth < DEEPEST_CAUSE;
  return {
    name,
    message,
    stack,
    properties: cloneableProperties(error),
    ...(cause !== undefined && deeper ? { cause: recordError(cause, depth + 1) } : {}),
    ...(error instanceof AggregateError && deeper
      ? { errors: error.errors.map((one) => recordError(one, depth + 1)) }
      : {}),
  };
}

export function rebuildError(record: ErrorRecord): unknown {
  if ('value' in record) return record.value;
  if (record.name === 'DataCloneError') return new DOMException(record.message, record.name);
  const { name, message, stack, properties, cause, errors } = record;
  const Class = CLASSES.find((one) => one.prototype.name === name) ?? Error;
  const error = errors === undefined ? new Class(message) : new AggregateError(errors.map(rebuildError), message);
  if (error.name !== name) hide(error, 'name', name);
  hide(error, 'stack', stack);
  if (cause !== undefined) hide(error, 'cause', rebuildError(cause));
  return Object.assign(error, properties);
}

function hide(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, configurable: true, writable: true });
}

function cloneableProperties(error: Error): Record<string, unknown> {
  const own = Object.entries(error).filter(([key]) => !['name', 'message', 'stack', 'cause', 'errors'].includes(key));
  return Object.fromEntries(own.filter(([, value]) => isCloneable(value)));
}

function isCloneable(value: unknown): boolean {
  try {
    structuredClone(value);
    return true;
  } catch {
    // DataCloneError is the answer that was asked for.
    return false;
  }
}
