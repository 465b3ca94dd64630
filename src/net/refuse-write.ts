import { RuntimeError } from '../core/errors.ts';
import { TransportClosedError } from './errors.ts';

/** For who writes to a transport, or sends another file, while a file is being sent. */
export function busyWithFile(what: string): RuntimeError {
  return new RuntimeError(`${what}: a file is being sent on this transport, wait until sendfile is over`);
}

/**
 * A write that can go nowhere. After our own close or writeEof, or while a file is sent, that is a mistake; after the
 * peer's end (with its `error`) it is not known here in time, so it is dropped, and `drain` tells.
 */
export function refuseWrite(closing: boolean, eofWritten: boolean, error: Error | undefined): void {
  if (eofWritten) {
    throw new TransportClosedError('ERR_WRITE_AFTER_EOF', 'write after writeEof: this side of the stream has ended');
  }
  if (!closing) throw busyWithFile('write');
  if (error !== undefined) return;
  throw new TransportClosedError('ERR_TRANSPORT_CLOSED', 'write after close: the transport is closing or closed');
}
