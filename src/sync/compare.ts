import { describeValue } from '../core/coroutine.ts';

/**
 * The default order of a PriorityQueue: numbers, strings, dates by `<`; arrays item by item, so that `[priority, job]`
 * works as a tuple does in Python. Throws TypeError for what has no order.
 */
export function compareValues(a: unknown, b: unknown): number {
  if (Array.isArray(a) && Array.isArray(b)) return compareArrays(a, b);
  // Of two kinds `<` would make one: an array becomes text, and text a number or NaN.
  if ((typeof a === typeof b && typeof a !== 'object') || kindOf(a) === kindOf(b)) {
    if ((a as number) < (b as number)) return -1;
    if ((a as number) > (b as number)) return 1;
    if (a === b || (hasOrder(a) && hasOrder(b))) return 0;
  }
  throw new TypeError(
    `PriorityQueue cannot order ${describeValue(a)} and ${describeValue(b)}: give it { compare } or items that < can compare`,
  );
}

function compareArrays(a: readonly unknown[], b: readonly unknown[]): number {
  const common = Math.min(a.length, b.length);
  for (let i = 0; i < common; i += 1) {
    if (a[i] === b[i]) continue;
    const order = compareValues(a[i], b[i]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function primitiveOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? value.valueOf() : value;
}

/** Only within one kind there is an order. */
function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  const kind = typeof primitiveOf(value);
  return kind === 'bigint' || kind === 'boolean' ? 'number' : kind;
}

function hasOrder(value: unknown): boolean {
  const primitive = primitiveOf(value);
  return (
    (typeof primitive === 'number' && !Number.isNaN(primitive)) ||
    typeof primitive === 'bigint' ||
    typeof primitive === 'string' ||
    typeof primitive === 'boolean'
  );
}
