/**
 * Under this symbol Node's `inspect` (console.log, assertion messages) looks for an object's own text. What holds a loop
 * gives a short one: printing all that hangs on it would be pages, down to the driver's memory.
 */
export const inspectCustom: unique symbol = Symbol.for('nodejs.util.inspect.custom') as never;
