/**
 * What is known not to work, by runtime and test file, and why. docs/runtimes.md tells it at length.
 */
const TLS_BUN = 'node:tls over a stream in memory: the handshake of a server does not end';
const TLS_DENO = 'node:tls over a stream in memory: the handshake does not end';
const EVAL_DENO = 'some tests start a child by `node --input-type=module --eval`, which Deno does not know';

/** @type {Record<string, Record<string, string>>} */
export const KNOWN = {
  bun: {
    'test/drivers/node-limits.test.ts':
      'out of descriptors it accepts no more, and does not close what it cannot serve',
    'test/drivers/node.test.ts': 'a datagram that a connected socket cannot send is refused twice',
    'test/interop/async-local-storage.test.ts': 'one test needs `gc` from --expose-gc',
    'test/interop/npm-libraries.test.ts': 'Bun puts an undici of its own in the place of npm’s, without `close`',
    'test/net/all-faulty.test.ts': 'the pipes and TLS, as in their own files',
    'test/net/bad-input.test.ts': 'one test expects the reason of Node: TSYNCIO_FFI=off',
    'test/net/beside-node.test.ts':
      'no `beforeExit` while a promise is pending: a program that can never go on just ends',
    'test/net/pipes.test.ts': 'of a named pipe by its descriptor nothing comes',
    'test/net/tls-errors.test.ts': TLS_BUN,
    'test/net/tls-peers.test.ts': TLS_BUN,
    'test/net/tls-upgrade.test.ts': TLS_BUN,
    'test/net/tls.test.ts': TLS_BUN,
    'test/net/close-clients.test.ts': TLS_BUN,
    'test/net/given-sockets.test.ts': 'connectAcceptedSocket with TLS, as all TLS',
    'test/process/start.test.ts':
      'other errors, PATH, scripts without an interpreter, and each of 0 and 2 in the place of the other',
  },
  deno: {
    'test/drivers/node-limits.test.ts': `out of descriptors it does not close what it cannot serve; ${EVAL_DENO}`,
    'test/drivers/node.test.ts':
      'datagrams overtake one another, connected sockets hear strangers and are never told that nobody is there (that test does not end); an address of no interface is refused with EINVAL, not EADDRNOTAVAIL',
    'test/files/ring-and-node.test.ts': 'FileHandle.close does not wait for a read that waits for a pipe',
    'test/net/all-faulty.test.ts': 'the pipes and TLS, as in their own files',
    'test/net/bad-input.test.ts': EVAL_DENO,
    'test/net/beside-node.test.ts': EVAL_DENO,
    'test/net/close-clients.test.ts': TLS_DENO,
    'test/net/datagrams.test.ts':
      'a connected socket does not know its own address, and is not told that nobody is there',
    'test/net/given-sockets.test.ts': EVAL_DENO,
    'test/net/pipes.test.ts': 'a net.Socket of a descriptor fails with EEXIST',
    'test/net/tls-errors.test.ts': TLS_DENO,
    'test/net/tls-peers.test.ts': TLS_DENO,
    'test/net/tls-upgrade.test.ts': TLS_DENO,
    'test/net/tls.test.ts': TLS_DENO,
    'test/net/transports.test.ts': 'a server on every interface with port 0 gets another port for IPv6 than for IPv4',
    'test/process/own-children.test.ts': 'children inherit which signals are ignored',
    'test/process/start.test.ts':
      'a `cwd` that is a file is ENOENT; the PATH of `env` is not where programs are looked for',
    'test/process/signals.test.ts': 'SIGINT ends its test runner',
  },
};
