import { IncompleteReadError } from './errors.ts';
import type { ReadKind } from './read.ts';

const EMPTY = Buffer.alloc(0);

/** Up to `size` bytes, as soon as there are any. */
export const readSome: ReadKind = {
  what: 'read',
  wakeAt: () => 1,
  attempt({ reader, size }): Buffer | undefined {
    const there = reader.bytes.size;
    if (size === 0) return EMPTY;
    if (there === 0) return reader.eof ? EMPTY : undefined;
    const data = reader.bytes.take(Math.min(size, reader.bytes.cheap));
    reader._taken();
    return data;
  },
};

/** Everything up to the end, however long. */
export const readAll: ReadKind = {
  what: 'read',
  wakeAt: () => Number.POSITIVE_INFINITY,
  attempt: ({ reader }): Buffer | undefined => (reader.eof ? reader.bytes.takeAll() : undefined),
};

/** Exactly `size` bytes. */
export const readExactly: ReadKind = {
  what: 'readExactly',
  wakeAt: ({ size }) => size,
  attempt({ reader, size }): Buffer | undefined {
    const there = reader.bytes.size;
    if (there < size) {
      if (!reader.eof) return undefined;
      throw new IncompleteReadError(reader.bytes.takeAll(), size);
    }
    const data = reader.bytes.take(size);
    reader._taken();
    return data;
  },
};
