/**
 * Functions of the C library. Each returns a number `>= 0`, or `-errno`.
 *
 * Memory goes in as an address (a number, made once by `addressOf`): passing the buffer itself costs about 30 ns more a
 * call, and is not needed for memory that the drivers own. Every parameter is declared as `int` or `intptr`, also where
 * C says `size_t` or `socklen_t`: koffi converts signed numbers about twice as fast as unsigned 64-bit ones.
 */
import { loadFfi } from './load.ts';

/** An address in memory as a number: user space ends at 2^47 (2^52 with 5-level paging), so no digit is lost. */
export type Pointer = number;
export const NULL: Pointer = 0;

export interface Libc {
  socket(domain: number, type: number, protocol: number): number;
  socketpair(domain: number, type: number, protocol: number, pair: Pointer): number;
  bind(fd: number, address: Pointer, length: number): number;
  listen(fd: number, backlog: number): number;
  accept4(fd: number, address: Pointer, length: Pointer, flags: number): number;
  connect(fd: number, address: Pointer, length: number): number;
  send(fd: number, data: Pointer, length: number, flags: number): number;
  recv(fd: number, data: Pointer, length: number, flags: number): number;
  recvfrom(fd: number, data: Pointer, room: number, flags: number, address: Pointer, length: Pointer): number;
  sendto(fd: number, data: Pointer, length: number, flags: number, address: Pointer, addressLength: number): number;
  read(fd: number, data: Pointer, length: number): number;
  write(fd: number, data: Pointer, length: number): number;
  lseek(fd: number, offset: number, whence: number): number;
  sendfile(socket: number, file: number, offset: Pointer, length: number): number;
  shutdown(fd: number, how: number): number;
  setsockopt(fd: number, level: number, option: number, value: Pointer, length: number): number;
  getsockopt(fd: number, level: number, option: number, value: Pointer, length: Pointer): number;
  getsockname(fd: number, address: Pointer, length: Pointer): number;
  getpeername(fd: number, address: Pointer, length: Pointer): number;
  close(fd: number): number;
  fcntl(fd: number, command: number, argument: number): number;
  poll(fds: Pointer, count: number, timeoutMs: number): number;
  epoll_create1(flags: number): number;
  epoll_ctl(epfd: number, what: number, fd: number, event: Pointer): number;
  epoll_wait(epfd: number, events: Pointer, room: number, timeoutMs: number): number;
  eventfd(value: number, flags: number): number;
  timerfd_create(clock: number, flags: number): number;
  timerfd_settime(fd: number, flags: number, value: Pointer, old: Pointer): number;
  inet_pton(family: number, text: Pointer, address: Pointer): number;
  if_nametoindex(name: Pointer): number;
  syscall(number: number, a: number, b: number, c: number, d: number, e: number, f: number): number;
}

const PROTOTYPES: Record<keyof Libc, string> = {
  socket: 'int socket(int, int, int)',
  socketpair: 'int socketpair(int, int, int, intptr)',
  bind: 'int bind(int, intptr, int)',
  listen: 'int listen(int, int)',
  accept4: 'int accept4(int, intptr, intptr, int)',
  connect: 'int connect(int, intptr, int)',
  send: 'intptr send(int, intptr, intptr, int)',
  recv: 'intptr recv(int, intptr, intptr, int)',
  recvfrom: 'intptr recvfrom(int, intptr, intptr, int, intptr, intptr)',
  sendto: 'intptr sendto(int, intptr, intptr, int, intptr, int)',
  read: 'intptr read(int, intptr, intptr)',
  write: 'intptr write(int, intptr, intptr)',
  lseek: 'intptr lseek(int, intptr, int)',
  sendfile: 'intptr sendfile(int, int, intptr, intptr)',
  shutdown: 'int shutdown(int, int)',
  setsockopt: 'int setsockopt(int, int, int, intptr, int)',
  getsockopt: 'int getsockopt(int, int, int, intptr, intptr)',
  getsockname: 'int getsockname(int, intptr, intptr)',
  getpeername: 'int getpeername(int, intptr, intptr)',
  close: 'int close(int)',
  fcntl: 'int fcntl(int, int, intptr)',
  poll: 'int poll(intptr, intptr, int)',
  epoll_create1: 'int epoll_create1(int)',
  epoll_ctl: 'int epoll_ctl(int, int, int, intptr)',
  epoll_wait: 'int epoll_wait(int, intptr, int, int)',
  eventfd: 'int eventfd(int, int)',
  timerfd_create: 'int timerfd_create(int, int)',
  timerfd_settime: 'int timerfd_settime(int, int, intptr, intptr)',
  inet_pton: 'int inet_pton(int, intptr, intptr)',
  if_nametoindex: 'int if_nametoindex(intptr)',
  // Variadic in C; on Linux's 64-bit ABIs integers go in registers all the same.
  syscall: 'intptr syscall(intptr, intptr, intptr, intptr, intptr, intptr, intptr)',
};

export type Native = (...values: number[]) => number;

let library: Libc | undefined;

/** The C library, bound at the first call. Throws FfiUnavailableError where there is no FFI. */
export function libc(): Libc {
  if (library !== undefined) return library;
  library = bindAll(PROTOTYPES, bindChecked) as unknown as Libc;
  return library;
}

/** Several functions, by their names. Throws where one is missing. */
export function bindAll<N extends string>(
  prototypes: Readonly<Record<N, string>>,
  bind: (prototype: string) => Native,
): Record<N, Native> {
  const names = Object.keys(prototypes) as N[];
  return Object.fromEntries(names.map((name) => [name, bind(prototypes[name])])) as Record<N, Native>;
}

/** A C function of the process as it is: `bindRaw('intptr mmap(intptr, intptr, int, int, int, intptr)')`. */
export function bindRaw(prototype: string): Native {
  return loadFfi().load(null).func(prototype) as Native;
}

/**
 * A C function that reports failure by a negative result and errno, wrapped to return `-errno`. errno is read in the
 * same JavaScript function as the call, straight from the thread's memory: nothing can run in between, and it costs less
 * than another call.
 */
export function bindChecked(prototype: string): Native {
  const errno = errnoCell();
  const native = bindRaw(prototype);
  // One closure for each number of parameters: a rest parameter would allocate an array a call.
  switch (prototype.split(',').length) {
    case 1:
      return (a) => {
        const result = native(a!);
        return result < 0 ? -errno[0]! : result;
      };
    case 2:
      return (a, b) => {
        const result = native(a!, b!);
        return result < 0 ? -errno[0]! : result;
      };
    case 3:
      return (a, b, c) => {
        const result = native(a!, b!, c!);
        return result < 0 ? -errno[0]! : result;
      };
    case 4:
      return (a, b, c, d) => {
        const result = native(a!, b!, c!, d!);
        return result < 0 ? -errno[0]! : result;
      };
    case 5:
      return (a, b, c, d, e) => {
        const result = native(a!, b!, c!, d!, e!);
        return result < 0 ? -errno[0]! : result;
      };
    case 6:
      return (a, b, c, d, e, f) => {
        const result = native(a!, b!, c!, d!, e!, f!);
        return result < 0 ? -errno[0]! : result;
      };
    default:
      return (a, b, c, d, e, f, g) => {
        const result = native(a!, b!, c!, d!, e!, f!, g!);
        return result < 0 ? -errno[0]! : result;
      };
  }
}

let cell: Int32Array | undefined;

/** This thread's errno as a typed array of one (a worker thread loads its own copy of this module). */
function errnoCell(): Int32Array {
  if (cell !== undefined) return cell;
  const koffi = loadFfi();
  const location = koffi.load(null).func('void *__errno_location()') as () => bigint;
  cell = new Int32Array(koffi.view(location(), Int32Array.BYTES_PER_ELEMENT));
  return cell;
}

/**
 * The address of a typed array's first byte. Good for as long as the array's buffer is referenced: the memory of an
 * ArrayBuffer does not move. Arrays of up to 64 bytes may live on the JavaScript heap and do move; make those with
 * `pinned`.
 */
export function addressOf(bytes: Uint8Array): Pointer {
  return Number(loadFfi().address(bytes));
}

/** Memory of our own for system calls that return at once, with its address. */
export interface Pinned {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly address: Pointer;
}

/** Zeroed memory that does not move, freed with the returned object. */
export function pinned(length: number): Pinned {
  // An explicit ArrayBuffer keeps its bytes outside the JavaScript heap, whatever its length.
  const bytes = new Uint8Array(new ArrayBuffer(length));
  return { bytes, view: new DataView(bytes.buffer), address: addressOf(bytes) };
}
