/**
 * What Python has in its modules `socket` and `select`: a handful of system calls (Linux), on loopback only. Nothing
 * here waits, except `poll`; the seven programs differ in who calls it and how the one who waited is found again.
 */
import koffi from 'koffi';

const libc = koffi.load(null);
const calls = {
  socket: libc.func('int socket(int domain, int type, int protocol)'),
  bind: libc.func('int bind(int fd, void *address, int length)'),
  listen: libc.func('int listen(int fd, int backlog)'),
  getsockname: libc.func('int getsockname(int fd, void *address, void *length)'),
  connect: libc.func('int connect(int fd, void *address, int length)'),
  accept4: libc.func('int accept4(int fd, void *address, void *length, int flags)'),
  recv: libc.func('int recv(int fd, void *data, size_t length, int flags)'),
  send: libc.func('int send(int fd, void *data, size_t length, int flags)'),
  poll: libc.func('int poll(void *fds, unsigned long count, int timeout)'),
  close: libc.func('int close(int fd)'),
};
const [AF_INET, SOCK_STREAM, CLOEXEC] = [2, 1, 0o2000000];
const [MSG_DONTWAIT, MSG_NOSIGNAL] = [0x40, 0x4000];
const POLLIN = 1;
const buffer = Buffer.alloc(4096);

function check(name: string, result: number): number {
  if (result < 0) throw new Error(`${name} failed: errno ${koffi.errno()}`);
  return result;
}

const tcpSocket = (): number => check('socket', calls.socket(AF_INET, SOCK_STREAM | CLOEXEC, 0));

/** struct sockaddr_in: family, port in network order, 127.0.0.1. */
function loopback(port: number): Buffer {
  const address = Buffer.alloc(16);
  new Uint16Array(address.buffer, address.byteOffset, 1)[0] = AF_INET;
  address.writeUInt16BE(port, 2);
  address.set([127, 0, 0, 1], 4);
  return address;
}

/** A socket, and what has come on it and was not taken yet. */
export interface Connection {
  readonly fd: number;
  unread: string;
}

/** A listening socket on a free port. */
export function listen(): { fd: number; port: number } {
  const fd = tcpSocket();
  const address = loopback(0);
  check('bind', calls.bind(fd, address, address.length));
  check('listen', calls.listen(fd, 16));
  check('getsockname', calls.getsockname(fd, address, new Uint32Array([address.length])));
  return { fd, port: address.readUInt16BE(2) };
}

/** Done at once: a listening socket on loopback answers before anybody has called `accept`. */
export function connect(port: number): Connection {
  const fd = tcpSocket();
  check('connect', calls.connect(fd, loopback(port), 16));
  return { fd, unread: '' };
}

/** The next one who has connected. Call it when the listening socket is readable. */
export const accept = (fd: number): Connection => ({
  fd: check('accept4', calls.accept4(fd, null, null, CLOEXEC)),
  unread: '',
});

/** Takes in what has come, a piece that ends anywhere; false when no more will come. Call it when it is readable. */
export function receive(from: Connection): boolean {
  const count = check('recv', calls.recv(from.fd, buffer, buffer.length, MSG_DONTWAIT));
  from.unread += buffer.toString('latin1', 0, count);
  return count > 0;
}

/** The first whole line of what has come, if there is one. */
export function takeLine(from: Connection): string | undefined {
  const end = from.unread.indexOf('\n');
  if (end < 0) return undefined;
  const line = from.unread.slice(0, end);
  from.unread = from.unread.slice(end + 1);
  return line;
}

/** Sends a line. A few bytes always fit the socket's buffer, so that no program here has to wait for room. */
export function sendLine(to: { readonly fd: number }, line: string): void {
  const bytes = Buffer.from(`${line}\n`, 'latin1');
  check('send', calls.send(to.fd, bytes, bytes.length, MSG_DONTWAIT | MSG_NOSIGNAL));
}

export const close = (socket: { readonly fd: number }): number => check('close', calls.close(socket.fd));

/** Sleeps until one of `fds` is readable, and says which are. */
export function poll(fds: Iterable<number>): number[] {
  const watched = [...fds];
  // struct pollfd { int fd; short events; short revents; }
  const entries = new Int16Array(watched.flatMap((fd) => [fd & 0xffff, fd >> 16, POLLIN, 0]));
  check('poll', calls.poll(entries, watched.length, -1));
  return watched.filter((_fd, i) => entries[i * 4 + 3] !== 0);
}
