import type { Coroutine } from '../core/coroutine.ts';
import { statOf } from '../drivers/node/stat-of.ts';
import { checkFunction, checkInteger } from '../net/check.ts';
import type { BaseProtocol } from '../net/endpoint.ts';
import { makeProtocol } from '../net/make-protocol.ts';
import type { Network } from '../net/network.ts';
import type { BufferedProtocol, Protocol } from '../net/protocol.ts';
import { started } from '../net/started.ts';
import { nodeNet, nodeTerminals } from '../node/builtins.ts';
import { type NodeStreams, NodeStreamTransport } from './node-stream-transport.ts';

/**
 * Reads from, or writes to, a pipe, socket or terminal by Node's own streams: for drivers without descriptors. The
 * transport closes the descriptor. A writer hears that nobody reads any more only when it writes.
 */
export function* connectNodePipe<P extends BaseProtocol>(
  network: Network,
  protocolFactory: () => P,
  fd: unknown,
  side: 'read' | 'write',
): Coroutine<[NodeStreamTransport, P]> {
  const what = side === 'read' ? 'connectReadPipe' : 'connectWritePipe';
  checkFunction(protocolFactory, what, 'a function that makes a protocol');
  const protocol = makeProtocol(protocolFactory);
  checkInteger(fd, `${what}: the descriptor`, 0);
  const streams = streamsOf(fd, side, what);
  // The transport calls of a protocol what its streams can give: a writer's is never given data.
  const stream = protocol as BaseProtocol as Protocol | BufferedProtocol;
  const transport = new NodeStreamTransport(network.scheduler, streams, stream, [['pipe', fd]]);
  yield* started(network, transport);
  return [transport, protocol];
}

function streamsOf(fd: number, side: 'read' | 'write', what: string): NodeStreams {
  const stats = statOf(fd);
  if (stats.isSocket() || stats.isFIFO()) {
    const socket = new (nodeNet().Socket)({
      fd,
      readable: side === 'read',
      writable: side === 'write',
      allowHalfOpen: true,
    });
    return side === 'read' ? { readable: socket } : { writable: socket };
  }
  const { isatty, ReadStream, WriteStream } = nodeTerminals();
  if (isatty(fd)) return side === 'read' ? { readable: new ReadStream(fd) } : { writable: new WriteStream(fd) };
  throw new RangeError(`${what}: descriptor ${fd} is no pipe, socket or terminal`);
}
