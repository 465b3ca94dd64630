import { IncompleteReadError, LimitOverrunError } from './errors.ts';
import { Read, type ReadSource } from './read.ts';

const NEWLINE: readonly Uint8Array[] = [Buffer.from('\n')];

/** A read that ends at a separator. */
abstract class SeparatedRead<T> extends Read<T> {
  protected readonly what: string = 'readUntil';
  protected readonly separators: readonly Uint8Array[];
  /** In bytes: no separator ends before here. */
  private searched = 0;

  constructor(reader: ReadSource, separators: readonly Uint8Array[]) {
    super(reader);
    this.separators = separators;
  }

  /** Everything up to and with the separator that is complete first; undefined: more data is needed. */
  protected find(): Buffer | undefined {
    const { reader, separators } = this;
    const { bytes, limit } = reader;
    let start = -1;
    let end = Number.POSITIVE_INFINITY;
    let longest = 0;
    for (const separator of separators) {
      const { length } = separator;
      if (length > longest) longest = length;
      const at = bytes.indexOf(separator, this.searched);
      if (at >= 0 && at + length < end) {
        start = at;
        end = at + length;
      }
    }
    if (start >= 0) {
      if (start > limit) {
        throw new LimitOverrunError(`separator found, but what is before it is longer than ${limit} bytes`, start);
      }
      const data = bytes.take(end);
      reader._taken();
      return data;
    }
    this.searched = Math.max(0, bytes.size + 1 - longest);
    if (this.searched > limit) {
      throw new LimitOverrunError(`no separator found within ${limit} bytes (the reader's limit)`, this.searched);
    }
    if (!reader.eof) return undefined;
    throw new IncompleteReadError(bytes.takeAll(), undefined);
  }
}

export class ReadUntil extends SeparatedRead<Buffer> {
  protected override attempt(): Buffer | undefined {
    return this.find();
  }
}

/** A line; at the end of the stream what is left. */
abstract class LineRead<T> extends SeparatedRead<T> {
  protected override readonly what: string = 'readLine';

  constructor(reader: ReadSource) {
    super(reader, NEWLINE);
  }

  protected line(): Buffer | undefined {
    try {
      return this.find();
    } catch (error) {
      if (error instanceof IncompleteReadError) return error.partial;
      if (error instanceof LimitOverrunError) this.dropLine(error.consumed);
      throw error;
    }
  }

  /** Else the next call would stumble over the same line for ever. */
  private dropLine(consumed: number): void {
    const { reader, separators } = this;
    const { bytes } = reader;
    if (bytes.startsWith(separators[0]!, consumed)) bytes.drop(consumed + separators[0]!.length);
    else bytes.clear();
    reader._taken();
  }
}

export class ReadLine extends LineRead<Buffer> {
  protected override attempt(): Buffer | undefined {
    return this.line();
  }
}

/** A step of the iteration by line. */
export class NextLine extends LineRead<IteratorResult<Buffer, unknown>> {
  protected override attempt(): IteratorResult<Buffer, unknown> | undefined {
    const line = this.line();
    if (line === undefined) return undefined;
    return line.length === 0 ? { value: undefined, done: true } : { value: line, done: false };
  }
}
