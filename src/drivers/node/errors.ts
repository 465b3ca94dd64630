import { EIO, errnoNumber } from '../../io/errno.ts';

/**
 * The `-errno` of an error of Node's, in the numbers of Linux on every platform: `error.errno` is the platform's own, and
 * the name is the same everywhere. What has no such name is a defect of ours or of Node's, and ends as EIO.
 */
export function errnoOf(error: unknown): number {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  const number = code === undefined ? undefined : errnoNumber(code);
  return -(number ?? EIO);
}
