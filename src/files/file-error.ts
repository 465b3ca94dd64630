import { errnoNumber } from '../io/errno.ts';
import { OSError } from '../io/os-error.ts';

/** What the system refused to do with a file: `ENOENT`, `EACCES`, `EISDIR`, `ENOSPC`, … */
export class FileError extends OSError {
  /** The file, as it was named when it was opened. */
  readonly path: string;

  constructor(errno: number, syscall: string, path: string, options?: { readonly cause?: unknown }) {
    super(errno, syscall);
    this.path = path;
    this.message = this.message.replace(`${syscall} ${this.code}`, `${syscall} ${this.code} ${path}`);
    if (options !== undefined) this.cause = options.cause;
  }
}

/** Node's error in our own shape; anything but a system error as it is. Some runtimes do not tell what was called. */
export function fileError(error: unknown, path: string, called: string): unknown {
  const { code, errno, syscall = called } = error as NodeJS.ErrnoException;
  if (error instanceof OSError || typeof code !== 'string' || typeof errno !== 'number') return error;
  return new FileError(errnoNumber(code) ?? errno, syscall, path, { cause: error });
}
