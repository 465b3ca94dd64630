import type { Coroutine } from '../core/coroutine.ts';
import { wrapFuture } from '../core/wrap-future.ts';
import { NameError } from '../net/errors.ts';
import type { Resolver } from '../net/resolver.ts';
import { nodeNames } from '../node/builtins.ts';

interface LookupFailure {
  readonly code?: string;
  readonly errno?: number;
}

/** Names by the system's own resolver, on threads of Node's, as every other program on the machine sees them. */
export const nodeResolver: Resolver = {
  *lookup(host, family) {
    const found = yield* answer(nodeNames().lookup(host, { all: true, family, verbatim: true }), 'getaddrinfo', host);
    return found.map((one) => ({ family: one.family as 4 | 6, host: one.address }));
  },
  *reverse(host, port) {
    const { hostname, service } = yield* answer(nodeNames().lookupService(host, port), 'getnameinfo', host);
    return [hostname, service];
  },
};

function* answer<T>(promise: Promise<T>, syscall: 'getaddrinfo' | 'getnameinfo', host: string): Coroutine<T> {
  try {
    return yield* wrapFuture(promise);
  } catch (error) {
    const { code, errno } = error as LookupFailure;
    // Anything but the resolver's answer (a cancel) goes on as it is.
    if (typeof code !== 'string' || !(error as Error).message.startsWith(syscall)) throw error;
    throw new NameError(code, typeof errno === 'number' ? errno : 0, host, { cause: error, syscall });
  }
}
