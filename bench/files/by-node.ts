import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AT_ONCE, check, FILES, LARGE, PIECE_BYTES, places, RANDOM_BYTES, SMALL_BYTES, WRITE_PIECES } from './work.ts';

async function pieces(folder: string): Promise<void> {
  const file = await open(join(folder, 'large'));
  const buffer = Buffer.allocUnsafeSlow(PIECE_BYTES);
  let total = 0;
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, PIECE_BYTES, null);
    if (bytesRead === 0) break;
    total += bytesRead;
  }
  await file.close();
  check(total, LARGE);
}

async function whole(folder: string): Promise<void> {
  check((await readFile(join(folder, 'large'))).length, LARGE);
}

async function small(folder: string, atOnce: number): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < FILES) {
      const path = join(folder, 'small', String(next++));
      check((await readFile(path)).length, SMALL_BYTES);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

async function random(folder: string): Promise<void> {
  const file = await open(join(folder, 'large'));
  const at = places();
  const worker = async (): Promise<void> => {
    for (const position of at) {
      const { bytesRead } = await file.read(Buffer.allocUnsafe(RANDOM_BYTES), 0, RANDOM_BYTES, position);
      check(bytesRead, RANDOM_BYTES);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  await file.close();
}

async function write(folder: string): Promise<void> {
  const file = await open(join(folder, 'written'), 'w');
  const piece = Buffer.alloc(PIECE_BYTES, 'x');
  for (let i = 0; i < WRITE_PIECES; i++) await file.write(piece);
  await file.close();
}

export const byNode: Readonly<Record<string, (folder: string) => Promise<void>>> = {
  pieces,
  whole,
  small: (folder) => small(folder, AT_ONCE),
  'small-one': (folder) => small(folder, 1),
  random,
  write,
};
