import { IncompleteReadError } from './errors.ts';
import { Read, type ReadSource } from './read.ts';

const EMPTY = Buffer.alloc(0);

/** Up to `size` bytes, as soon as there are any. */
export class ReadSome extends Read<Buffer> {
  protected readonly what = 'read';
  private readonly size: number;

  constructor(reader: ReadSource, size: number) {
    super(reader);
    this.size = size;
  }

  protected override attempt(): Buffer | undefined {
    const { reader, size } = this;
    const there = reader.bytes.size;
    if (size === 0) return EMPTY;
    if (there === 0) return reader.eof ? EMPTY : undefined;
    const data = reader.bytes.take(Math.min(there, size));
    reader._taken();
    return data;
  }
}

/** Everything up to the end, however long. */
export class ReadAll extends Read<Buffer> {
  protected readonly what = 'read';

  protected override get wakeAt(): number {
    return Number.POSITIVE_INFINITY;
  }

  protected override attempt(): Buffer | undefined {
    const { reader } = this;
    return reader.eof ? reader.bytes.takeAll() : undefined;
  }
}

/** Exactly `size` bytes. */
export class ReadExactly extends Read<Buffer> {
  protected readonly what = 'readExactly';
  private readonly size: number;

  constructor(reader: ReadSource, size: number) {
    super(reader);
    this.size = size;
  }

  protected override get wakeAt(): number {
    return this.size;
  }

  protected override attempt(): Buffer | undefined {
    const { reader, size } = this;
    const there = reader.bytes.size;
    if (there < size) {
      if (!reader.eof) return undefined;
      throw new IncompleteReadError(reader.bytes.takeAll(), size);
    }
    const data = reader.bytes.take(size);
    reader._taken();
    return data;
  }
}
