import type { Coroutine } from '../core/coroutine.ts';
import type { InetAddress } from '../io/address.ts';
import { OSError } from '../io/os-error.ts';
import { AddressesError } from './errors.ts';
import type { Network } from './network.ts';
import { connectTo } from './socket-operation.ts';

/**
 * A socket connected to the first of `addresses` that answers, tried in order, each from the first local address of its
 * family. Throws the error if there was one, AddressesError if there were several.
 */
export function* connectToAny(
  network: Network,
  addresses: readonly InetAddress[],
  locals: readonly InetAddress[] | undefined,
): Coroutine<number> {
  const usable = addresses.filter(({ family }) => locals === undefined || locals.some((one) => one.family === family));
  if (usable.length === 0) {
    throw new RangeError('localAddr and the address to connect to are of different families (IPv4 and IPv6)');
  }
  const errors: OSError[] = [];
  for (const address of usable) {
    try {
      return yield* connectTo(
        network,
        address,
        locals?.find(({ family }) => family === address.family),
      );
    } catch (error) {
      if (!(error instanceof OSError)) throw error;
      errors.push(error);
    }
  }
  throw errors.length === 1 ? errors[0]! : new AddressesError('connect', errors, usable[0]!);
}
