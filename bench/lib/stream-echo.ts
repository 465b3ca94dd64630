import type { Coroutine, StreamReader, StreamWriter } from '../../src/index.ts';

/** In bytes, as in the other servers that read by asking. */
const READ_SIZE = 65_536;

export function* echo(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
  try {
    for (;;) {
      const bytes = yield* reader.read(READ_SIZE);
      if (bytes.length === 0) break;
      writer.write(bytes);
      yield* writer.drain();
    }
  } finally {
    writer.close();
  }
}
