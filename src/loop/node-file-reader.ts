import { read } from 'node:fs';
import { promisify } from 'node:util';
import { wrapFuture } from '../core/wrap-future.ts';
import { OSError } from '../io/os-error.ts';
import type { FileReader } from '../net/file-reader.ts';

const readAt = promisify(read);

/** On threads of Node's. */
export const nodeFileReader: FileReader = {
  *read(fd, into, position) {
    try {
      const { bytesRead } = yield* wrapFuture(readAt(fd, into, 0, into.length, position));
      return bytesRead;
    } catch (error) {
      const { errno, syscall } = error as NodeJS.ErrnoException;
      if (errno === undefined || syscall === undefined) throw error;
      throw new OSError(errno, syscall);
    }
  },
};
