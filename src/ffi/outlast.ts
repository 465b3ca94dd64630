import { F_DUPFD_CLOEXEC } from './constants.ts';
import { libc, pinned } from './libc.ts';
import { UvPoll } from './uv-poll.ts';

/** `struct pollfd`: the descriptor, what is asked, what is so. */
const POLLFD_LENGTH = 8;
const EVENTS_OFFSET = 4;
const POLLIN = 1;

/** Node's loop has `pidFd`, which is readable when its process has ended, as a reason to go on; see `ProcessCalls`. */
export function outlast(pidFd: number, ended: () => void): () => void {
  const system = libc();
  // The driver closes its own with the loop.
  const fd = system.fcntl(pidFd, F_DUPFD_CLOEXEC, 0);
  if (fd < 0) return () => {};
  const question = pinned(POLLFD_LENGTH);
  question.view.setInt32(0, fd, true);
  question.view.setInt16(EVENTS_OFFSET, POLLIN, true);
  const look = (): void => {
    // It is called whenever Node's loop comes round.
    if (system.poll(question.address, 1, 0) === 0) {
      watch.start();
      return;
    }
    stop();
    ended();
  };
  const watch = new UvPoll(fd, look);
  let stopped = false;
  const stop = (): void => {
    if (stopped) return;
    stopped = true;
    watch.close();
    system.close(fd);
  };
  watch.start();
  return stop;
}
