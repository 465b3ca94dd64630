import type { Coroutine } from '../core/coroutine.ts';
import type { InetAddress } from '../io/address.ts';
import { OSError } from '../io/os-error.ts';
import { AddressesError } from './errors.ts';
import type { Network } from './network.ts';
import { connectTo } from './socket-operation.ts';
import { staggeredRace } from './staggered-race.ts';

/**
 * A socket connected to the first of `addresses` that answers, each tried from the first local address of its family: one
 * after the other, or, with a delay, the next one also when the one before has not answered in time. Throws the error if
 * there was one, AddressesError if there were several.
 */
export function* connectToAny(
  network: Network,
  addresses: readonly InetAddress[],
  locals: readonly InetAddress[] | undefined,
  delayMs?: number,
): Coroutine<number> {
  const usable = addresses.filter(({ family }) => locals === undefined || locals.some((one) => one.family === family));
  if (usable.length === 0) {
    throw new RangeError('localAddr and the address to connect to are of different families (IPv4 and IPv6)');
  }
  const attempts = usable.map((address) => (): Coroutine<number> => {
    const local = locals?.find(({ family }) => family === address.family);
    return connectTo(network, address, local);
  });
  const errors: OSError[] = [];
  if (delayMs === undefined || attempts.length === 1) {
    for (const attempt of attempts) {
      try {
        return yield* attempt();
      } catch (error) {
        if (!(error instanceof OSError)) throw error;
        errors.push(error);
      }
    }
  } else {
    const discard = (fd: number): void => network.driver.close(fd);
    const isFailure = (error: unknown): boolean => error instanceof OSError;
    const outcome = yield* staggeredRace(network.scheduler, attempts, { delayMs, discard, isFailure });
    if (outcome.won) return outcome.result;
    errors.push(...(outcome.errors as OSError[]));
  }
  throw errors.length === 1 ? errors[0]! : new AddressesError('connect', errors, usable[0]!);
}
