import { fstatSync, type Stats } from 'node:fs';
import { osError } from '../../io/os-error.ts';
import { errnoOf } from './errors.ts';

/** What a descriptor of the system is. Throws OSError (EBADF). */
export function statOf(fd: number): Stats {
  try {
    return fstatSync(fd);
  } catch (error) {
    throw osError(errnoOf(error), 'fstat');
  }
}
