import type { Address } from './address.ts';
import type { ProcessCalls } from './process-calls.ts';

export type SocketType = 'stream' | 'datagram';

/** Options of sockets by the names that Node uses where it has one. */
export type DescriptorOption =
  | 'reuseAddress'
  | 'reusePort'
  | 'broadcast'
  | 'noDelay'
  | 'keepAlive'
  | 'sendBufferSize'
  | 'receiveBufferSize'
  | 'v6Only';

export type DescriptorKind = 'socket' | 'pipe' | 'character' | 'other';

/**
 * The system's own calls on descriptors, for those who want them as they are. None of them waits: they are for
 * non-blocking descriptors, and go with a `Poll`. Results are `>= 0`, or `-errno`; memory is used during the call alone.
 */
export interface DescriptorCalls {
  /** Non-blocking and close-on-exec, as everything made here. */
  socket(family: Address['family'], type: SocketType): number;
  /** Two connected unix sockets. */
  pair(type: SocketType): [number, number] | number;
  bind(fd: number, address: Address): number;
  listen(fd: number, backlog: number): number;
  /** Where the connection comes from is then in `source`: of one that was reset it could not be asked any more. */
  accept(fd: number): number;
  /** 0 or `-EINPROGRESS` on a stream socket: writable means that `pendingError` tells how it ended. */
  connect(fd: number, address: Address): number;
  pendingError(fd: number): number;
  receive(fd: number, into: Uint8Array): number;
  /** Who sent it is then in `source`. */
  receiveFrom(fd: number, into: Uint8Array): number;
  readonly source: Address | undefined;
  send(fd: number, data: Uint8Array): number;
  sendTo(fd: number, data: Uint8Array, address: Address): number;
  read(fd: number, into: Uint8Array): number;
  write(fd: number, data: Uint8Array): number;
  /** From a file to a socket, inside the kernel. */
  sendFile(socket: number, file: number, position: number, length: number): number;
  /** Sets the position of a file. */
  seek(fd: number, position: number): number;
  setOption(fd: number, option: DescriptorOption, value: number): number;
  /** Throws OSError, as a value may well be negative. */
  getOption(fd: number, option: DescriptorOption): number;
  setNonBlocking(fd: number): number;
  duplicate(fd: number): number;
  /** Throws OSError (EBADF). */
  kindOf(fd: number): DescriptorKind;
  close(fd: number): number;
  /** Undefined where the system lacks one of them. */
  readonly processes: ProcessCalls | undefined;
}
