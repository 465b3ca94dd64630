import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type Coroutine, describeValue } from '../core/coroutine.ts';
import { runningScheduler } from '../core/scheduler.ts';
import { wrapFuture } from '../core/wrap-future.ts';
import { AsyncFile } from './async-file.ts';
import { fileError } from './file-error.ts';
import { FileIo } from './file-io.ts';

export interface OpenFileOptions {
  /** The permissions of a file that is created, before the umask. Default 0o666. */
  readonly mode?: number | undefined;
}

/** As Node's: `r` read, `w` write from scratch, `a` append; `+` both ways; `x` only if there is none yet. */
export type FileFlags = 'r' | 'r+' | 'w' | 'w+' | 'wx' | 'wx+' | 'a' | 'a+' | 'ax' | 'ax+';

const FLAGS: readonly string[] = ['r', 'r+', 'w', 'w+', 'wx', 'wx+', 'a', 'a+', 'ax', 'ax+'];

/**
 * Opens a file. All of its work is done off the loop's thread, by Node's thread pool.
 *
 * Throws FileError (`ENOENT`, `EACCES`, `EEXIST`, …), RangeError for flags that are none, TypeError, RuntimeError in
 * virtual time. A cancel leaves nothing open.
 *
 * @example
 * yield* asyncWith(yield* openFile('log.txt', 'a'), (file) => file.write(Buffer.from('Ann was here\n')));
 *
 * Differs from asyncio, which has no files.
 */
export function* openFile(
  path: string | URL,
  flags: FileFlags = 'r',
  options: OpenFileOptions = {},
): Coroutine<AsyncFile> {
  if (typeof path !== 'string' && !(path instanceof URL)) {
    throw new TypeError(`openFile: path must be a string or a URL, got ${describeValue(path)}`);
  }
  if (!FLAGS.includes(flags))
    throw new RangeError(`openFile: flags must be one of ${FLAGS.join(', ')}, got ${String(flags)}`);
  const scheduler = runningScheduler();
  scheduler.checkRealTime('files');
  const name = typeof path === 'string' ? path : fileURLToPath(path);
  const opening = open(name, flags, options.mode);
  let handle: FileHandle | undefined;
  try {
    handle = yield* wrapFuture(opening);
    const stats = yield* wrapFuture(handle.stat());
    return new AsyncFile(new FileIo(scheduler, handle, name, stats, flags.startsWith('a')), name);
  } catch (error) {
    // Also after a cancel: it is closed as soon as it is open.
    const close = (opened: FileHandle): Promise<void> => opened.close();
    opening.then(close).catch(() => {});
    throw fileError(error, name);
  }
}
