import { runningScheduler } from '../core/scheduler.ts';
import { StreamReader } from '../net/stream-reader.ts';
import { StreamReaderProtocol } from '../net/stream-reader-protocol.ts';
import { StreamWriter } from '../net/stream-writer.ts';
import { type NodeStreams, NodeStreamTransport } from '../process/node-stream-transport.ts';

export interface FromStreamOptions {
  /** In bytes: the limit of the StreamReader, default 64 KiB. */
  readonly limit?: number | undefined;
}

/** A stream was closed before its end, and without an error: what has come of it is not the whole. */
class PrematureCloseError extends Error {
  static {
    Object.defineProperty(this.prototype, 'name', { value: 'PrematureCloseError' });
  }
  readonly code = 'ERR_STREAM_PREMATURE_CLOSE';
}

/** Knows a stream that was destroyed from one that has ended: for the transport both are closed. */
class StreamsProtocol extends StreamReaderProtocol {
  broken = false;

  override connectionLost(error: Error | undefined): void {
    super.connectionLost(
      error ?? (this.broken ? new PrematureCloseError('the stream was closed before its end') : undefined),
    );
  }
}

/** A reader and a writer over streams of Node's, as over a connection. */
export function connectStreams(streams: NodeStreams, options: FromStreamOptions): [StreamReader, StreamWriter] {
  const scheduler = runningScheduler();
  const reader = new StreamReader({ limit: options.limit, loop: scheduler });
  const protocol = new StreamsProtocol(scheduler, reader);
  const { readable } = streams;
  const transport = new NodeStreamTransport(scheduler, streams, protocol);
  // It is told of the end in a later turn.
  readable?.on('close', () => {
    protocol.broken = !readable.readableEnded && !transport.isClosing();
  });
  transport.start();
  return [reader, new StreamWriter(transport, protocol, readable === undefined ? undefined : reader)];
}
