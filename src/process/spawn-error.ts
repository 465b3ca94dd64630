import { errnoNumber } from '../io/errno.ts';
import { OSError } from '../io/os-error.ts';

/** The program could not be started: `ENOENT` when there is none (or no such `cwd`), `EACCES`, … */
export class SpawnError extends OSError {
  /** The program. */
  readonly path: string;

  constructor(code: string, errno: number, path: string, options?: { readonly cause?: unknown }) {
    super(errno, 'spawn');
    this.path = path;
    this.message = this.message.replace(`spawn ${code}`, `spawn ${path} ${code}`);
    if (options !== undefined) this.cause = options.cause;
  }
}

/** Node's error in our own shape; anything but a system error as it is. */
export function spawnError(error: unknown, path: string): unknown {
  const { code, errno } = error as NodeJS.ErrnoException;
  const number = typeof code === 'string' ? (errnoNumber(code) ?? errno) : undefined;
  return number === undefined ? error : new SpawnError(code!, number, path, { cause: error });
}
