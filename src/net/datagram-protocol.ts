import type { Address } from '../io/address.ts';
import type { OSError } from '../io/os-error.ts';
import { BaseProtocol } from './endpoint.ts';

/**
 * What datagrams mean: asyncio's DatagramProtocol. `pauseWriting` and `resumeWriting` are called as for streams.
 *
 * @example
 * class Echo extends DatagramProtocol {
 *   #transport!: DatagramTransport;
 *   override connectionMade(transport: DatagramTransport) { this.#transport = transport; }
 *   override datagramReceived(data: Buffer, from: Address) { this.#transport.sendto(data, from); }
 * }
 */
export class DatagramProtocol extends BaseProtocol {
  /** One datagram, which may be empty. The buffer is yours. `from` is undefined for a unix socket without a name. */
  datagramReceived(_data: Buffer, _from: Address | undefined): void {}
  /** A datagram could not be sent, or nobody was there to receive it (ECONNREFUSED). The transport goes on. */
  errorReceived(_error: OSError): void {}
}
