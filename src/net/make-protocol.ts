import { describeValue } from '../core/coroutine.ts';
import { BaseProtocol } from './endpoint.ts';

/** What the factory makes. Throws TypeError when it is no protocol. */
export function makeProtocol<P extends BaseProtocol>(factory: () => P): P {
  const protocol: unknown = factory();
  if (protocol instanceof BaseProtocol) return protocol as P;
  throw new TypeError(`the protocol factory must return a protocol, it returned ${describeValue(protocol)}`);
}
