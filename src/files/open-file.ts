import { constants } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Coroutine, describeValue } from '../core/coroutine.ts';
import { runningScheduler } from '../core/scheduler.ts';
import { O_CLOEXEC } from '../ffi/constants.ts';
import { checkInteger } from '../net/check.ts';
import { networkOf } from '../net/network.ts';
import { AsyncFile } from './async-file.ts';
import { openByRing } from './at-first-use.ts';
import { FileIo } from './file-io.ts';
import { openByNode } from './node-file-calls.ts';
import { ENCODINGS, type TextEncoding, TextFile } from './text-file.ts';

export interface OpenFileOptions {
  /** The permissions of a file that is created, before the umask. Default 0o666. */
  readonly mode?: number | undefined;
  /** Makes it a TextFile, of strings. Default: none, of bytes. */
  readonly encoding?: TextEncoding | undefined;
}

/** As Node's: `r` read, `w` write from scratch, `a` append; `+` both ways; `x` only if there is none yet, alone as `wx`. */
export type FileFlags = 'r' | 'r+' | 'w' | 'w+' | 'x' | 'x+' | 'wx' | 'wx+' | 'a' | 'a+' | 'ax' | 'ax+';

const { O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, O_EXCL, O_APPEND } = constants;
const FLAGS: Readonly<Record<FileFlags, number>> = {
  r: O_RDONLY,
  'r+': O_RDWR,
  w: O_WRONLY | O_CREAT | O_TRUNC,
  'w+': O_RDWR | O_CREAT | O_TRUNC,
  x: O_WRONLY | O_CREAT | O_TRUNC | O_EXCL,
  'x+': O_RDWR | O_CREAT | O_TRUNC | O_EXCL,
  wx: O_WRONLY | O_CREAT | O_TRUNC | O_EXCL,
  'wx+': O_RDWR | O_CREAT | O_TRUNC | O_EXCL,
  a: O_WRONLY | O_CREAT | O_APPEND,
  'a+': O_RDWR | O_CREAT | O_APPEND,
  ax: O_WRONLY | O_CREAT | O_APPEND | O_EXCL,
  'ax+': O_RDWR | O_CREAT | O_APPEND | O_EXCL,
};
const DEFAULT_MODE = 0o666;
const HIGHEST_MODE = 0o7777;

/**
 * Opens a file. Its work is done by io_uring where that is the loop's driver, without a thread; else by Node's thread pool.
 *
 * Throws FileError (`ENOENT`, `EACCES`, `EEXIST`, …), RangeError for flags or an encoding that are none, TypeError,
 * RuntimeError in virtual time. A cancel leaves nothing open.
 *
 * @example
 * yield* asyncWith(yield* openFile('log.txt', 'a'), (file) => file.write(Buffer.from('Ann was here\n')));
 * const bill = yield* openFile('bill.txt', 'r', { encoding: 'utf8' });
 *
 * Differs from asyncio, which has no files.
 */
export function openFile(
  path: string | URL,
  flags: FileFlags | undefined,
  options: OpenFileOptions & { readonly encoding: TextEncoding },
): Coroutine<TextFile>;
export function openFile(
  path: string | URL,
  flags?: FileFlags,
  options?: OpenFileOptions & { readonly encoding?: undefined },
): Coroutine<AsyncFile>;
export function* openFile(
  path: string | URL,
  flags: FileFlags = 'r',
  options: OpenFileOptions = {},
): Coroutine<AsyncFile | TextFile> {
  const name = checkArguments(path, flags, options);
  const scheduler = runningScheduler();
  scheduler.checkRealTime('files');
  const network = networkOf(scheduler.loop);
  const { mode = DEFAULT_MODE, encoding } = options;
  const calls = network.driver.files
    ? yield* openByRing(network, name, FLAGS[flags] | O_CLOEXEC, mode)
    : yield* openByNode(scheduler, name, flags.startsWith('x') ? `w${flags}` : flags, mode);
  const append = flags.startsWith('a');
  const file = new AsyncFile(new FileIo(calls, append), name, append);
  return encoding === undefined ? file : new TextFile(file, encoding);
}

function checkArguments(path: unknown, flags: FileFlags, { mode, encoding }: OpenFileOptions): string {
  if (typeof path !== 'string' && !(path instanceof URL)) {
    throw new TypeError(`openFile: path must be a string or a URL, got ${describeValue(path)}`);
  }
  if (!Object.hasOwn(FLAGS, flags)) {
    throw new RangeError(`openFile: flags must be one of ${Object.keys(FLAGS).join(', ')}, got ${String(flags)}`);
  }
  if (mode !== undefined) checkInteger(mode, 'openFile: mode', 0);
  if (mode !== undefined && mode > HIGHEST_MODE) {
    throw new RangeError(`openFile: mode must be at most 0o7777, got ${mode}`);
  }
  if (encoding !== undefined && !ENCODINGS.includes(encoding)) {
    throw new RangeError(`openFile: encoding must be one of ${ENCODINGS.join(', ')}, got ${describeValue(encoding)}`);
  }
  const name = typeof path === 'string' ? path : fileURLToPath(path);
  if (name.includes('\0')) throw new TypeError('openFile: a path has no zero bytes');
  return name;
}
