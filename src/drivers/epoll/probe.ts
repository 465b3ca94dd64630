import { ffiUnavailable } from '../../ffi/load.ts';
import { OSError } from '../../io/os-error.ts';
import { Counters } from '../counters.ts';
import { Poller } from './poller.ts';

export type Probe = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** Whether the epoll driver can work here: tried, not derived from versions. */
export function probeEpoll(): Probe {
  if (process.platform !== 'linux') return { ok: false, reason: `epoll is Linux's, this is ${process.platform}` };
  const reason = ffiUnavailable();
  if (reason !== undefined) return { ok: false, reason };
  try {
    new Poller(new Counters()).close();
    return { ok: true };
  } catch (error) {
    if (error instanceof OSError) return { ok: false, reason: error.message };
    throw error;
  }
}
