import { type BufferedProtocol, type Coroutine, getRunningLoop, type Protocol } from 'tsyncio';
import type { Random } from '../../differential/generate/random.ts';
import { randomHeader } from '../exchange.ts';
import type { ProtocolService } from '../services.ts';
import type { Action } from './action.ts';
import { BufferedTransferProtocol, Transfer, TransferProtocol } from './protocol-ends.ts';

/** One transfer with a protocol at each end. */
export class ProtocolAction implements Action {
  readonly name = 'protocol';
  readonly service: ProtocolService;

  constructor(service: ProtocolService) {
    this.service = service;
  }

  *run(random: Random): Coroutine<number> {
    const header = randomHeader(random, false);
    const transfer = new Transfer(header, random.pick([1_000, 15_000, 100_000]) + Math.ceil(header.length / 1_000));
    const make = (): Protocol | BufferedProtocol =>
      random.chance(0.5) ? new TransferProtocol(transfer) : new BufferedTransferProtocol(transfer);
    const [transport] = yield* getRunningLoop().createConnection(make, { host: '127.0.0.1', port: this.service.port });
    try {
      const error = yield* transfer.lost;
      if (error !== undefined) throw error;
    } finally {
      transport.abort();
    }
    return header.length;
  }
}
