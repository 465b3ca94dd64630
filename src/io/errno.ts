/**
 * Error numbers of Linux. Below this file a result is an integer, `>= 0` or `-errno`; above it, an OSError with a `code`.
 *
 * The table is written down, not asked from the system: `io/` imports no node: module, a driver for another platform
 * translates its errors to these numbers, and the programs' messages are the same everywhere. Where Linux has two names
 * for one number the one that Node reports is listed.
 */
const TABLE = `
1 EPERM operation not permitted
2 ENOENT no such file or directory
3 ESRCH no such process
4 EINTR interrupted system call
5 EIO i/o error
6 ENXIO no such device or address
7 E2BIG argument list too long
8 ENOEXEC exec format error
9 EBADF bad file descriptor
10 ECHILD no child processes
11 EAGAIN resource temporarily unavailable
12 ENOMEM not enough memory
13 EACCES permission denied
14 EFAULT bad address in system call argument
15 ENOTBLK block device required
16 EBUSY resource busy or locked
17 EEXIST file already exists
18 EXDEV cross-device link not permitted
19 ENODEV no such device
20 ENOTDIR not a directory
21 EISDIR illegal operation on a directory
22 EINVAL invalid argument
23 ENFILE file table overflow
24 EMFILE too many open files
25 ENOTTY inappropriate ioctl for device
26 ETXTBSY text file is busy
27 EFBIG file too large
28 ENOSPC no space left on device
29 ESPIPE invalid seek
30 EROFS read-only file system
31 EMLINK too many links
32 EPIPE broken pipe
33 EDOM numerical argument out of domain
34 ERANGE result too large
35 EDEADLK resource deadlock avoided
36 ENAMETOOLONG name too long
37 ENOLCK no locks available
38 ENOSYS function not implemented
39 ENOTEMPTY directory not empty
40 ELOOP too many symbolic links encountered
42 ENOMSG no message of desired type
43 EIDRM identifier removed
60 ENOSTR device not a stream
61 ENODATA no data available
62 ETIME timer expired
63 ENOSR out of streams resources
64 ENONET machine is not on the network
66 EREMOTE object is remote
67 ENOLINK link has been severed
71 EPROTO protocol error
72 EMULTIHOP multihop attempted
74 EBADMSG bad message
75 EOVERFLOW value too large for defined data type
77 EBADFD file descriptor in bad state
84 EILSEQ illegal byte sequence
85 ERESTART interrupted system call should be restarted
87 EUSERS too many users
88 ENOTSOCK socket operation on non-socket
89 EDESTADDRREQ destination address required
90 EMSGSIZE message too long
91 EPROTOTYPE protocol wrong type for socket
92 ENOPROTOOPT protocol not available
93 EPROTONOSUPPORT protocol not supported
94 ESOCKTNOSUPPORT socket type not supported
95 ENOTSUP operation not supported on socket
96 EPFNOSUPPORT protocol family not supported
97 EAFNOSUPPORT address family not supported
98 EADDRINUSE address already in use
99 EADDRNOTAVAIL address not available
100 ENETDOWN network is down
101 ENETUNREACH network is unreachable
102 ENETRESET network dropped connection on reset
103 ECONNABORTED software caused connection abort
104 ECONNRESET connection reset by peer
105 ENOBUFS no buffer space available
106 EISCONN socket is already connected
107 ENOTCONN socket is not connected
108 ESHUTDOWN cannot send after transport endpoint shutdown
109 ETOOMANYREFS too many references: cannot splice
110 ETIMEDOUT connection timed out
111 ECONNREFUSED connection refused
112 EHOSTDOWN host is down
113 EHOSTUNREACH host is unreachable
114 EALREADY connection already in progress
115 EINPROGRESS operation now in progress
116 ESTALE stale file handle
121 EREMOTEIO remote I/O error
122 EDQUOT disk quota exceeded
123 ENOMEDIUM no medium found
124 EMEDIUMTYPE wrong medium type
125 ECANCELED operation canceled
126 ENOKEY required key not available
127 EKEYEXPIRED key has expired
128 EKEYREVOKED key has been revoked
129 EKEYREJECTED key was rejected by service
130 EOWNERDEAD owner died
131 ENOTRECOVERABLE state not recoverable
132 ERFKILL operation not possible due to rf-kill
`;

/** Names of Linux that are second names of a number in the table. */
const ALIASES: Record<string, string> = { EWOULDBLOCK: 'EAGAIN', EOPNOTSUPP: 'ENOTSUP', EDEADLOCK: 'EDEADLK' };

export const EPERM = 1;
export const ENOENT = 2;
export const ESRCH = 3;
export const EINTR = 4;
export const EIO = 5;
export const ENXIO = 6;
export const ENOEXEC = 8;
export const EBADF = 9;
export const ECHILD = 10;
export const EAGAIN = 11;
export const ENOMEM = 12;
export const EACCES = 13;
export const EFAULT = 14;
export const EBUSY = 16;
export const EEXIST = 17;
export const ENODEV = 19;
export const ENOTDIR = 20;
export const EINVAL = 22;
export const ENFILE = 23;
export const EMFILE = 24;
export const ESPIPE = 29;
export const EPIPE = 32;
export const ENAMETOOLONG = 36;
export const ENOSYS = 38;
export const ETIME = 62;
export const EPROTO = 71;
export const ENOTSOCK = 88;
export const EMSGSIZE = 90;
export const ENOTSUP = 95;
export const EAFNOSUPPORT = 97;
export const EADDRINUSE = 98;
export const EADDRNOTAVAIL = 99;
export const ENETDOWN = 100;
export const ENETUNREACH = 101;
export const ECONNABORTED = 103;
export const ECONNRESET = 104;
export const ENOBUFS = 105;
export const ENOTCONN = 107;
export const ETIMEDOUT = 110;
export const ECONNREFUSED = 111;
export const EHOSTDOWN = 112;
export const EHOSTUNREACH = 113;
export const EALREADY = 114;
export const EINPROGRESS = 115;
export const ESTALE = 116;
export const ECANCELED = 125;

interface Row {
  readonly name: string;
  readonly message: string;
}

let rows: Map<number, Row> | undefined;
let numbers: Map<string, number> | undefined;

/** Read on the first error, so that a program without errors does not pay for the table. */
function table(): Map<number, Row> {
  if (rows !== undefined) return rows;
  rows = new Map();
  for (const line of TABLE.trim().split('\n')) {
    const [number, name] = line.split(' ', 2) as [string, string];
    rows.set(Number(number), { name, message: line.slice(number.length + name.length + 2) });
  }
  return rows;
}

/** `'ECONNREFUSED'` for 111 (or -111); `'Unknown system error 999'` for a number that is not listed, as in Node. */
export function errnoName(errno: number): string {
  const number = Math.abs(errno);
  return table().get(number)?.name ?? `Unknown system error ${number}`;
}

/** `'connection refused'` for 111 (or -111). */
export function errnoMessage(errno: number): string {
  const number = Math.abs(errno);
  return table().get(number)?.message ?? `unknown system error ${number}`;
}

/** 111 for `'ECONNREFUSED'`; undefined for a name that Linux does not have. */
export function errnoNumber(name: string): number | undefined {
  numbers ??= new Map([...table()].map(([number, row]) => [row.name, number]));
  return numbers.get(ALIASES[name] ?? name);
}
