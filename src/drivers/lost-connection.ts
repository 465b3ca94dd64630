import * as errno from '../io/errno.ts';

/**
 * Errors of the connection that was next in the queue, which Linux reports through accept: that one is gone, the
 * listener is well. (Running out of descriptors is not among them: it ends the operation, and the layer above decides
 * when to try again. No spare descriptor is kept to turn clients away with: they wait in the backlog.)
 */
const LOST = new Set([
  errno.EINTR,
  errno.ECONNABORTED,
  errno.EPERM,
  errno.EPROTO,
  errno.ENETDOWN,
  errno.ENETUNREACH,
  errno.EHOSTDOWN,
  errno.EHOSTUNREACH,
  errno.ETIMEDOUT,
]);

/** Whether the result of an accept (`-errno`) is no reason to stop accepting. */
export function isLostConnection(result: number): boolean {
  return LOST.has(-result);
}
