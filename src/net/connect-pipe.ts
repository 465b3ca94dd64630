import type { Coroutine } from '../core/coroutine.ts';
import { checkFunction } from './check.ts';
import type { BaseProtocol } from './endpoint.ts';
import { makeProtocol } from './make-protocol.ts';
import type { Network } from './network.ts';
import { type PipeLike, takePipe } from './pipe-end.ts';
import type { BufferedProtocol, Protocol } from './protocol.ts';
import { ReadPipeTransport } from './read-pipe-transport.ts';
import { started } from './started.ts';
import { WritePipeTransport } from './write-pipe-transport.ts';

/** Reads from a pipe or terminal: asyncio's `loop.connect_read_pipe`. The transport closes the descriptor. */
export function* connectReadPipe<P extends Protocol | BufferedProtocol>(
  network: Network,
  protocolFactory: () => P,
  pipe: PipeLike,
): Coroutine<[ReadPipeTransport, P]> {
  checkFunction(protocolFactory, 'connectReadPipe', 'a function that makes a protocol');
  const protocol = makeProtocol(protocolFactory);
  const transport = new ReadPipeTransport(network, takePipe(network, pipe, 'connectReadPipe'), protocol);
  yield* started(network, transport);
  return [transport, protocol];
}

/** Writes to a pipe or terminal: asyncio's `loop.connect_write_pipe`. The transport closes the descriptor. */
export function* connectWritePipe<P extends BaseProtocol>(
  network: Network,
  protocolFactory: () => P,
  pipe: PipeLike,
): Coroutine<[WritePipeTransport, P]> {
  checkFunction(protocolFactory, 'connectWritePipe', 'a function that makes a protocol');
  const protocol = makeProtocol(protocolFactory);
  const transport = new WritePipeTransport(network, takePipe(network, pipe, 'connectWritePipe'), protocol);
  yield* started(network, transport);
  return [transport, protocol];
}
