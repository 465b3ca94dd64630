import type { Coroutine } from '../core/coroutine.ts';
import { wrapFuture } from '../core/wrap-future.ts';
import type { TlsProvider } from '../net/tls-engine.ts';

/** Node's own TLS, loaded at its first use: node:tls costs every program that starts some milliseconds. */
export function* loadNodeTls(): Coroutine<TlsProvider> {
  const { nodeTls } = yield* wrapFuture(import('./node-tls.ts'));
  return nodeTls;
}
