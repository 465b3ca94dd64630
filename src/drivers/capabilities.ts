import type { DriverName } from '../io/driver.ts';

/** What one driver can do and another cannot. Everything else in the contract holds for all. */
export interface Capabilities {
  readonly readiness: boolean;
  readonly systemDescriptors: boolean;
  readonly acceptQueue: boolean;
  readonly acceptErrors: boolean;
  readonly resetBehindData: boolean;
  readonly bufferSizes: boolean;
  readonly noReuseAddress: boolean;
  readonly unixPathStays: boolean;
  readonly unixDatagrams: boolean;
  readonly datagramErrors: boolean;
  readonly sendFile: boolean;
  readonly files: boolean;
  readonly children: boolean;
  readonly blockingWait: boolean;
  readonly ownDeadlines: boolean;
}

/** The differences, in words: `docs/drivers.md` is made of them, and the tests of the contract heed them. */
export const DIFFERENCES: Readonly<Record<keyof Capabilities, readonly [what: string, otherwise: string]>> = {
  readiness: [
    '`Poll`: waiting until a descriptor is readable or writable',
    'it ends with `ENOTSUP`, so `addReader`, `Socket` and `sock…` throw `ENOTSUP`',
  ],
  systemDescriptors: [
    'sockets are descriptors of the system; those opened by others can be used',
    'numbers of its own from 1,000,000,000 on; a descriptor of the system is taken over (`sock: fd`, `connectAcceptedSocket`) if it is a stream socket',
  ],
  acceptQueue: [
    'connections that nobody accepts wait in the system, bounded by `backlog`',
    'Node accepts them at once: as many as `backlog` says (at least 1) wait in the driver, further ones are reset',
  ],
  acceptErrors: [
    'out of descriptors (`EMFILE`), accepting pauses, clients wait, and the exception handler is told',
    'Node closes the connections that it has no descriptor for, and tells nobody',
  ],
  resetBehindData: [
    'a reset that comes right behind data ends the stream with `ECONNRESET`',
    'it may look like an orderly end: what must not be cut short needs its length, or TLS',
  ],
  bufferSizes: ['`sendBufferSize` and `receiveBufferSize` of a socket can be set', 'setting them throws `ENOTSUP`'],
  noReuseAddress: ['`reuseAddress: false` is heeded', 'Node always takes an address over that is not quite free'],
  unixPathStays: ['the path of a unix socket stays in the file system when its listener is closed', 'Node removes it'],
  unixDatagrams: ['datagrams through unix sockets', 'opening one fails with `ENOTSUP`'],
  datagramErrors: [
    'the refusal of a datagram is told by its own completion',
    'it comes later, with what is received; nobody is told when nothing is being received',
  ],
  sendFile: [
    '`sendfile` copies inside the kernel, and moves the position of the file',
    'it reads and writes, and leaves the position alone',
  ],
  files: [
    'files (`openFile`) are read and written by the kernel, and a wait for a pipe or terminal can be cancelled',
    "Node's thread pool does it, from which nothing can be called off",
  ],
  children: [
    'child processes are started by `posix_spawn`, and their pipes are pipes (`TSYNCIO_SPAWN=node`, `uid`, `gid`, or a system without `pidfd_open`: as on the node driver)',
    'Node starts them: slower, what this process was started with beyond stderr may be passed on, their pipes are sockets (`/dev/stdin` and its like cannot be opened in the child), and `getExtraInfo("subprocess")` is its `ChildProcess`',
  ],
  blockingWait: ['`wait(ms)` waits', 'it returns at once: nothing arrives before the thread is given back to Node'],
  ownDeadlines: [
    'deadlines finer than a millisecond while the loop sleeps',
    "Node's timers: rounded up to a millisecond",
  ],
};

const LINUX: Capabilities = {
  readiness: true,
  systemDescriptors: true,
  acceptQueue: true,
  acceptErrors: true,
  resetBehindData: true,
  bufferSizes: true,
  noReuseAddress: true,
  unixPathStays: true,
  unixDatagrams: true,
  datagramErrors: true,
  sendFile: true,
  files: true,
  children: true,
  blockingWait: true,
  ownDeadlines: true,
};

export const CAPABILITIES: Readonly<Record<DriverName, Capabilities>> = {
  io_uring: LINUX,
  epoll: { ...LINUX, files: false },
  node: {
    readiness: false,
    systemDescriptors: false,
    acceptQueue: false,
    acceptErrors: false,
    resetBehindData: false,
    bufferSizes: false,
    noReuseAddress: false,
    unixPathStays: false,
    unixDatagrams: false,
    datagramErrors: false,
    sendFile: false,
    files: false,
    children: false,
    blockingWait: false,
    ownDeadlines: false,
  },
};
