import { lookup } from 'node:dns/promises';
import { wrapFuture } from '../core/wrap-future.ts';
import { NameError } from '../net/errors.ts';
import type { Resolver } from '../net/resolver.ts';

interface LookupFailure {
  readonly code?: string;
  readonly errno?: number;
}

/** Names by the system's own resolver, as every other program on the machine sees them. */
export const nodeResolver: Resolver = {
  *lookup(host, family) {
    try {
      const found = yield* wrapFuture(lookup(host, { all: true, family, verbatim: true }));
      return found.map((one) => ({ family: one.family as 4 | 6, host: one.address }));
    } catch (error) {
      const { code, errno } = error as LookupFailure;
      // Anything but the resolver's answer (a cancel) goes on as it is.
      if (typeof code !== 'string' || !(error as Error).message.startsWith('getaddrinfo')) throw error;
      throw new NameError(code, typeof errno === 'number' ? errno : 0, host, { cause: error });
    }
  },
};
