import { chmodSync, lstatSync, type Stats, statSync, unlinkSync } from 'node:fs';
import { OSError } from '../io/os-error.ts';
import type { SocketFiles } from '../net/socket-files.ts';

/** Files of unix sockets. On Windows, whose pipes are no files, everything is missing. */
export const nodeSocketFiles: SocketFiles = {
  removeStale(path) {
    const found = call(() => statSync(path), path);
    if (found?.isSocket()) call(() => unlinkSync(path), path);
  },
  setMode(path, mode) {
    call(() => chmodSync(path, mode), path);
  },
  identity(path) {
    const found = call(() => lstatSync(path), path);
    return found === undefined ? undefined : identityOf(found);
  },
  remove(path, identity) {
    const found = call(() => lstatSync(path), path);
    if (found !== undefined && identityOf(found) === identity) call(() => unlinkSync(path), path);
  },
};

function identityOf({ dev, ino }: Stats): string {
  return `${dev}:${ino}`;
}

/** Undefined when there is no such file. Node's errors become OSError, as all of the network layer's are. */
function call<T>(fn: () => T, path: string): T | undefined {
  try {
    return fn();
  } catch (error) {
    const { code, errno, syscall } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    if (errno === undefined || syscall === undefined) throw error;
    throw new OSError(errno, syscall, { family: 'unix', path });
  }
}
