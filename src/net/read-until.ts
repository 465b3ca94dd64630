import { IncompleteReadError, LimitOverrunError } from './errors.ts';
import type { Read, ReadKind } from './read.ts';

export const NEWLINE: readonly Uint8Array[] = [Buffer.from('\n')];

/** Where the separator that is complete first begins and ends, and the length of the longest; -1: none is there. */
function search({ reader, separators, searched }: Read): { start: number; end: number; longest: number } {
  let start = -1;
  let end = Number.POSITIVE_INFINITY;
  let longest = 0;
  for (const separator of separators) {
    const { length } = separator;
    if (length > longest) longest = length;
    const at = reader.bytes.indexOf(separator, searched);
    if (at >= 0 && at + length < end) {
      start = at;
      end = at + length;
    }
  }
  return { start, end, longest };
}

/** Everything up to and with the separator that is complete first; undefined: more data is needed. */
function find(read: Read): Buffer | undefined {
  const { reader } = read;
  const { bytes, limit } = reader;
  const { start, end, longest } = search(read);
  if (start >= 0) {
    if (start > limit) {
      throw new LimitOverrunError(`separator found, but what is before it is longer than ${limit} bytes`, start);
    }
    const data = bytes.take(end);
    reader._taken();
    return data;
  }
  read.searched = Math.max(0, bytes.size + 1 - longest);
  if (read.searched > limit) {
    throw new LimitOverrunError(`no separator found within ${limit} bytes (the reader's limit)`, read.searched);
  }
  if (!reader.eof) return undefined;
  throw new IncompleteReadError(bytes.takeAll(), undefined);
}

/** A line; at the end of the stream what is left. */
function line(read: Read): Buffer | undefined {
  try {
    return find(read);
  } catch (error) {
    if (error instanceof IncompleteReadError) return error.partial;
    if (error instanceof LimitOverrunError) dropLine(read, error.consumed);
    throw error;
  }
}

/** Else the next call would stumble over the same line for ever. */
function dropLine({ reader, separators }: Read, consumed: number): void {
  const { bytes } = reader;
  if (bytes.startsWith(separators[0]!, consumed)) bytes.drop(consumed + separators[0]!.length);
  else bytes.clear();
  reader._taken();
}

const wakeAt = (): number => 1;

export const readUntil: ReadKind = { what: 'readUntil', wakeAt, attempt: find };

export const readLine: ReadKind = { what: 'readLine', wakeAt, attempt: line };

/** A step of the iteration by line. */
export const nextLine: ReadKind = {
  what: 'readLine',
  wakeAt,
  attempt(read): IteratorResult<Buffer, unknown> | undefined {
    const value = line(read);
    if (value === undefined) return undefined;
    return value.length === 0 ? { value: undefined, done: true } : { value, done: false };
  },
};
