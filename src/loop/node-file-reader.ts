import { read } from 'node:fs';
import { wrapFuture } from '../core/wrap-future.ts';
import { OSError } from '../io/os-error.ts';
import type { FileReader } from '../net/file-reader.ts';

function readAt(fd: number, into: Uint8Array, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(fd, into, 0, into.length, position, (error, count) => (error === null ? resolve(count) : reject(error)));
  });
}

/** On threads of Node's. */
export const nodeFileReader: FileReader = {
  *read(fd, into, position) {
    try {
      return yield* wrapFuture(readAt(fd, into, position));
    } catch (error) {
      const { errno, syscall } = error as NodeJS.ErrnoException;
      if (errno === undefined || syscall === undefined) throw error;
      throw new OSError(errno, syscall);
    }
  },
};
