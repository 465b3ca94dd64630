import { UvPoll } from '../ffi/uv-poll.ts';
import type { Watch } from './node-host.ts';

/** Watches `fd` inside Node's own loop: `onReadable` is called once after each `start`. */
export function watchDescriptor(fd: number, onReadable: () => void): Watch {
  return new UvPoll(fd, onReadable);
}
