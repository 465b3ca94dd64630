import { join } from 'node:path';
import { asyncWith, type Coroutine, gather, openFile } from '../../src/index.ts';
import { AT_ONCE, check, FILES, LARGE, PIECE_BYTES, places, RANDOM_BYTES, SMALL_BYTES, WRITE_PIECES } from './work.ts';

function* pieces(folder: string): Coroutine<void> {
  const file = yield* openFile(join(folder, 'large'));
  const buffer = Buffer.allocUnsafeSlow(PIECE_BYTES);
  let total = 0;
  for (;;) {
    const count = yield* file.readInto(buffer);
    if (count === 0) break;
    total += count;
  }
  yield* file.close();
  check(total, LARGE);
}

function* whole(folder: string): Coroutine<void> {
  yield* asyncWith(yield* openFile(join(folder, 'large')), function* (file) {
    check((yield* file.read()).length, LARGE);
  });
}

function* small(folder: string, atOnce: number): Coroutine<void> {
  let next = 0;
  const worker = function* (): Coroutine<void> {
    while (next < FILES) {
      const file = yield* openFile(join(folder, 'small', String(next++)));
      check((yield* file.read()).length, SMALL_BYTES);
      yield* file.close();
    }
  };
  yield* gather(Array.from({ length: atOnce }, worker));
}

function* random(folder: string): Coroutine<void> {
  const file = yield* openFile(join(folder, 'large'));
  const at = places();
  const worker = function* (): Coroutine<void> {
    for (const position of at) check((yield* file.readAt(position, RANDOM_BYTES)).length, RANDOM_BYTES);
  };
  yield* gather(Array.from({ length: AT_ONCE }, worker));
  yield* file.close();
}

function* write(folder: string): Coroutine<void> {
  const file = yield* openFile(join(folder, 'written'), 'w');
  const piece = Buffer.alloc(PIECE_BYTES, 'x');
  for (let i = 0; i < WRITE_PIECES; i++) yield* file.write(piece);
  yield* file.close();
}

export const byTsyncio: Readonly<Record<string, (folder: string) => Coroutine<void>>> = {
  pieces,
  whole,
  small: (folder) => small(folder, AT_ONCE),
  'small-one': (folder) => small(folder, 1),
  random,
  write,
};
