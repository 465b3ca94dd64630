import type { Coroutine } from '../core/coroutine.ts';
import type { UnixAddress } from '../io/address.ts';
import { acceptedTransports } from './accepted-transports.ts';
import { checkFunction, checkInteger, checkOptions } from './check.ts';
import { DEFAULT_BACKLOG } from './create-server.ts';
import { checkExclusive, checkSocketLike, type SocketLike } from './given-socket.ts';
import { listenOnGiven } from './listen-on-given.ts';
import type { Network } from './network.ts';
import type { BufferedProtocol, Protocol } from './protocol.ts';
import { Server } from './server.ts';
import { listenAt } from './socket-operation.ts';
import type { TlsServerOptions } from './tls-options.ts';
import { serverTls } from './tls-settings.ts';
import { isAbstract, unixAddress } from './unix-path.ts';

export interface UnixServerOptions extends TlsServerOptions {
  /** A unix stream socket that is bound already, in place of the path; the server listens on it and takes it over. */
  readonly sock?: SocketLike | undefined;
  /** How many connections may wait to be accepted. Default 100. */
  readonly backlog?: number | undefined;
  /** False: accept only from `startServing` or `serveForever` on. Default true. */
  readonly startServing?: boolean | undefined;
  /** Permissions of the socket's file, as `0o660`: who may write to it may connect. Default: as the umask says. */
  readonly mode?: number | undefined;
  /** False: leave the socket's file behind when the server is closed. Default true. */
  readonly cleanupSocket?: boolean | undefined;
}

const HIGHEST_MODE = 0o7777;

/**
 * Listens at a unix socket: asyncio's `loop.create_unix_server`. A socket that an earlier program left at `path` is
 * removed; another file is not.
 *
 * Throws OSError (EADDRINUSE, EACCES, ENOENT, ENAMETOOLONG, … with the path as `address`), RangeError, TypeError.
 *
 * Differs from asyncio: `mode`.
 */
export function* createUnixServer(
  network: Network,
  protocolFactory: () => Protocol | BufferedProtocol,
  path: string | undefined,
  options: UnixServerOptions = {},
): Coroutine<Server<UnixAddress>> {
  checkFunction(protocolFactory, 'createUnixServer', 'a function that makes a protocol');
  checkUnixServerOptions(options);
  checkExclusive(options.sock, { path }, 'createUnixServer');
  if (options.sock !== undefined) return yield* serveOnGiven(network, protocolFactory, options.sock, options);
  const address = unixAddress(path, 'createUnixServer');
  const file = !isAbstract(address);
  if (!file && options.mode !== undefined) {
    throw new RangeError('createUnixServer: mode is for files, an abstract name has no permissions');
  }
  const tls = yield* serverTls(network, options, 'createUnixServer');
  if (file) network.socketFiles.removeStale(address.path);
  const { backlog = DEFAULT_BACKLOG } = options;
  const how = { backlog, reuseAddress: false, reusePort: false, v6Only: false };
  const fd = yield* listenAt(network, address, how);
  let cleanUp: (() => void) | undefined;
  try {
    cleanUp = file && options.cleanupSocket !== false ? fileRemover(network, address.path) : undefined;
    if (options.mode !== undefined) network.socketFiles.setMode(address.path, options.mode);
  } catch (error) {
    network.driver.close(fd);
    cleanUp?.();
    throw error;
  }
  const server = new Server<UnixAddress>(network, [fd], protocolFactory, {
    cleanUp,
    makeTransport: acceptedTransports(tls),
  });
  if (options.startServing !== false) server._start();
  return server;
}

function* serveOnGiven(
  network: Network,
  protocolFactory: () => Protocol | BufferedProtocol,
  sock: SocketLike,
  options: UnixServerOptions,
): Coroutine<Server<UnixAddress>> {
  checkSocketLike(sock, 'createUnixServer', 'stream', true);
  if (options.mode !== undefined)
    throw new RangeError('createUnixServer: mode and sock cannot be given at the same time');
  const tls = yield* serverTls(network, options, 'createUnixServer');
  const fd = yield* listenOnGiven(network, sock, options.backlog ?? DEFAULT_BACKLOG, 'createUnixServer');
  const address = network.driver.localAddress(fd);
  const file =
    options.cleanupSocket !== false && address.family === 'unix' && !isAbstract(address) && address.path !== '';
  const cleanUp = file ? fileRemover(network, address.path) : undefined;
  const server = new Server<UnixAddress>(network, [fd], protocolFactory, {
    cleanUp,
    makeTransport: acceptedTransports(tls),
  });
  if (options.startServing !== false) server._start();
  return server;
}

function checkUnixServerOptions(options: UnixServerOptions): void {
  const { backlog, mode } = options ?? {};
  checkOptions(options, 'createUnixServer');
  if (backlog !== undefined) checkInteger(backlog, 'createUnixServer: backlog', 0);
  if (mode === undefined) return;
  checkInteger(mode, 'createUnixServer: mode', 0);
  if (mode > HIGHEST_MODE) throw new RangeError(`createUnixServer: mode must be at most 0o7777, got ${mode}`);
}

/** Removes the file of our socket, not that of a server which has taken the path over meanwhile. */
function fileRemover({ socketFiles, scheduler }: Network, path: string): (() => void) | undefined {
  const identity = socketFiles.identity(path);
  if (identity === undefined) return undefined;
  return () => {
    try {
      socketFiles.remove(path, identity);
    } catch (exception) {
      scheduler.report({ message: `the unix socket ${path} could not be removed`, exception });
    }
  };
}
