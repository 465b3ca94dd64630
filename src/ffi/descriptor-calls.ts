import type { Address } from '../io/address.ts';
import type { DescriptorCalls, DescriptorKind, DescriptorOption, SocketType } from '../io/descriptor-calls.ts';
import { ESPIPE } from '../io/errno.ts';
import { osError } from '../io/os-error.ts';
import type { ProcessCalls } from '../io/process-calls.ts';
import * as C from './constants.ts';
import { addressOf, type Libc, libc, type Pinned, type Pointer, pinned } from './libc.ts';
import { processCalls } from './process-calls.ts';
import { decodeAddress, encodeAddress, familyNumber, SOCKADDR_ROOM } from './sockaddr.ts';
import { pendingError, startConnect } from './sockets.ts';

const FLAGS = C.SOCK_NONBLOCK | C.SOCK_CLOEXEC;
/** In bytes: arrays up to this length may move in memory, see `addressOf`; their bytes go through memory of our own. */
const SMALL = 64;
const INT_LENGTH = 4;
/** 2^32, to write a 64-bit number as two words. */
const WORD = 0x1_0000_0000;

const OPTIONS: Record<DescriptorOption, readonly [level: number, name: number]> = {
  reuseAddress: [C.SOL_SOCKET, C.SO_REUSEADDR],
  reusePort: [C.SOL_SOCKET, C.SO_REUSEPORT],
  broadcast: [C.SOL_SOCKET, C.SO_BROADCAST],
  noDelay: [C.IPPROTO_TCP, C.TCP_NODELAY],
  keepAlive: [C.SOL_SOCKET, C.SO_KEEPALIVE],
  sendBufferSize: [C.SOL_SOCKET, C.SO_SNDBUF],
  receiveBufferSize: [C.SOL_SOCKET, C.SO_RCVBUF],
  v6Only: [C.IPPROTO_IPV6, C.IPV6_V6ONLY],
};

class LinuxCalls implements DescriptorCalls {
  source: Address | undefined = undefined;
  private readonly system: Libc = libc();
  private readonly small: Pinned = pinned(SMALL);
  private readonly name: Pinned = pinned(SOCKADDR_ROOM);
  private readonly length: Pinned = pinned(INT_LENGTH);
  private readonly value: Pinned = pinned(8);

  socket(family: Address['family'], type: SocketType): number {
    return this.system.socket(familyNumber(family), typeNumber(type) | FLAGS, 0);
  }

  pair(type: SocketType): [number, number] | number {
    const { view, address } = this.value;
    const result = this.system.socketpair(C.AF_UNIX, typeNumber(type) | FLAGS, 0, address);
    return result < 0 ? result : [view.getInt32(0, true), view.getInt32(INT_LENGTH, true)];
  }

  bind(fd: number, address: Address): number {
    const length = encodeAddress(address, this.name.bytes);
    return length < 0 ? length : this.system.bind(fd, this.name.address, length);
  }

  listen(fd: number, backlog: number): number {
    return this.system.listen(fd, backlog);
  }

  accept(fd: number): number {
    const { name, length } = this;
    length.view.setInt32(0, SOCKADDR_ROOM, true);
    const result = this.system.accept4(fd, name.address, length.address, FLAGS);
    this.source = result >= 0 ? decodeAddress(name.bytes, length.view.getInt32(0, true)) : undefined;
    return result;
  }

  connect(fd: number, address: Address): number {
    return startConnect(fd, address);
  }

  pendingError(fd: number): number {
    return pendingError(fd);
  }

  receive(fd: number, into: Uint8Array): number {
    return this.filled(into, (at) => this.system.recv(fd, at, into.length, 0));
  }

  receiveFrom(fd: number, into: Uint8Array): number {
    const { name, length } = this;
    length.view.setInt32(0, SOCKADDR_ROOM, true);
    const call = (at: Pointer): number => this.system.recvfrom(fd, at, into.length, 0, name.address, length.address);
    const result = this.filled(into, call);
    // A stream socket leaves the length as 0: nobody in particular sent it.
    const known = result >= 0 && length.view.getInt32(0, true) > 0;
    this.source = known ? decodeAddress(name.bytes, length.view.getInt32(0, true)) : undefined;
    return result;
  }

  send(fd: number, data: Uint8Array): number {
    return this.system.send(fd, this.given(data), data.length, C.MSG_NOSIGNAL);
  }

  sendTo(fd: number, data: Uint8Array, address: Address): number {
    const length = encodeAddress(address, this.name.bytes);
    if (length < 0) return length;
    return this.system.sendto(fd, this.given(data), data.length, C.MSG_NOSIGNAL, this.name.address, length);
  }

  read(fd: number, into: Uint8Array): number {
    return this.filled(into, (at) => this.system.read(fd, at, into.length));
  }

  write(fd: number, data: Uint8Array): number {
    return this.system.write(fd, this.given(data), data.length);
  }

  sendFile(socket: number, file: number, position: number, length: number): number {
    const { view, address } = this.value;
    view.setUint32(0, position % WORD, true);
    view.setUint32(INT_LENGTH, Math.floor(position / WORD), true);
    return this.system.sendfile(socket, file, address, length);
  }

  seek(fd: number, position: number): number {
    return this.system.lseek(fd, position, C.SEEK_SET);
  }

  setOption(fd: number, option: DescriptorOption, value: number): number {
    const [level, name] = OPTIONS[option];
    this.value.view.setInt32(0, value, true);
    return this.system.setsockopt(fd, level, name, this.value.address, INT_LENGTH);
  }

  getOption(fd: number, option: DescriptorOption): number {
    const [level, name] = OPTIONS[option];
    const result = this.askOption(fd, level, name);
    if (result < 0) throw osError(result, 'getsockopt');
    return this.value.view.getInt32(0, true);
  }

  setNonBlocking(fd: number): number {
    const flags = this.system.fcntl(fd, C.F_GETFL, 0);
    if (flags < 0 || (flags & C.O_NONBLOCK) !== 0) return Math.min(flags, 0);
    return this.system.fcntl(fd, C.F_SETFL, flags | C.O_NONBLOCK);
  }

  duplicate(fd: number): number {
    return this.system.fcntl(fd, C.F_DUPFD_CLOEXEC, 0);
  }

  kindOf(fd: number): DescriptorKind {
    const open = this.system.fcntl(fd, C.F_GETFL, 0);
    if (open < 0) throw osError(open, 'fcntl');
    // Three questions that only the one kind answers: fstat has another layout on every architecture.
    if (this.askOption(fd, C.SOL_SOCKET, C.SO_TYPE) >= 0) return 'socket';
    if (this.system.fcntl(fd, C.F_GETPIPE_SZ, 0) >= 0) return 'pipe';
    return this.system.lseek(fd, 0, C.SEEK_CUR) === -ESPIPE ? 'character' : 'other';
  }

  close(fd: number): number {
    return this.system.close(fd);
  }

  get processes(): ProcessCalls | undefined {
    return processCalls();
  }

  private askOption(fd: number, level: number, name: number): number {
    this.length.view.setInt32(0, INT_LENGTH, true);
    return this.system.getsockopt(fd, level, name, this.value.address, this.length.address);
  }

  /** Where the system finds `data` during the next call. */
  private given(data: Uint8Array): Pointer {
    if (data.length > SMALL) return addressOf(data);
    this.small.bytes.set(data);
    return this.small.address;
  }

  private filled(into: Uint8Array, call: (at: Pointer) => number): number {
    if (into.length > SMALL) return call(addressOf(into));
    const result = call(this.small.address);
    if (result > 0) into.set(this.small.bytes.subarray(0, Math.min(result, into.length)));
    return result;
  }
}

function typeNumber(type: SocketType): number {
  return type === 'stream' ? C.SOCK_STREAM : C.SOCK_DGRAM;
}

let calls: LinuxCalls | undefined;

/** One for all: no call overlaps another. */
export function descriptorCalls(): DescriptorCalls {
  calls ??= new LinuxCalls();
  return calls;
}
