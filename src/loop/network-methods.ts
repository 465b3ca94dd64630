import type { Coroutine } from '../core/coroutine.ts';
import type { Address, UnixAddress } from '../io/address.ts';
import {
  connectAcceptedSocket,
  connectReadPipe,
  connectWritePipe,
  createConnection,
  createDatagramEndpoint,
  createServer,
  createUnixConnection,
  createUnixServer,
  getaddrinfo,
  getnameinfo,
  sendfile,
  sockSendfile,
  startTls,
} from '../net/at-first-use.ts';
import type { ConnectionOptions } from '../net/create-connection.ts';
import type { DatagramOptions } from '../net/create-datagram-endpoint.ts';
import type { ServerOptions } from '../net/create-server.ts';
import type { UnixConnectionOptions } from '../net/create-unix-connection.ts';
import type { UnixServerOptions } from '../net/create-unix-server.ts';
import type { DatagramProtocol } from '../net/datagram-protocol.ts';
import type { DatagramAddress, DatagramTransport } from '../net/datagram-transport.ts';
import type { BaseProtocol } from '../net/endpoint.ts';
import type { SocketLike } from '../net/given-socket.ts';
import type { AddressInfo, AddressInfoOptions, NameInfoOptions } from '../net/names.ts';
import { networkOf } from '../net/network.ts';
import type { PipeLike } from '../net/pipe-end.ts';
import type { BufferedProtocol, Protocol } from '../net/protocol.ts';
import type { FileLike, SendfileOptions } from '../net/sendfile.ts';
import type { Server } from '../net/server.ts';
import * as sock from '../net/sock-calls.ts';
import type { Socket } from '../net/socket.ts';
import type { StartTlsOptions } from '../net/start-tls.ts';
import type { TlsOptions, TlsServerOptions } from '../net/tls-options.ts';
import type { ReadTransport, Transport, WriteTransport } from '../net/transport.ts';
import * as watchers from '../net/watchers.ts';
import { connectNodePipe } from './at-first-use.ts';

/** The methods of an event loop that are about the network: each hands over to a function of the network layer. */
export abstract class NetworkMethods {
  /** Listens for TCP connections; each gets a protocol of `protocolFactory`. */
  createServer(protocolFactory: () => Protocol | BufferedProtocol, options: ServerOptions): Coroutine<Server> {
    return createServer(networkOf(this), protocolFactory, options);
  }

  /** Connects to a TCP server and gives the transport and the protocol that `protocolFactory` made. */
  createConnection<P extends Protocol | BufferedProtocol>(
    protocolFactory: () => P,
    options: ConnectionOptions,
  ): Coroutine<[Transport, P]> {
    return createConnection(networkOf(this), protocolFactory, options);
  }

  /** Listens at a unix socket; each connection gets a protocol of `protocolFactory`. `'\\0name'` is an abstract name. */
  createUnixServer(
    protocolFactory: () => Protocol | BufferedProtocol,
    path: string | undefined,
    options?: UnixServerOptions,
  ): Coroutine<Server<UnixAddress>> {
    return createUnixServer(networkOf(this), protocolFactory, path, options);
  }

  /** Connects to a unix socket and gives the transport and the protocol that `protocolFactory` made. */
  createUnixConnection<P extends Protocol | BufferedProtocol>(
    protocolFactory: () => P,
    path: string | undefined,
    options?: UnixConnectionOptions,
  ): Coroutine<[Transport, P]> {
    return createUnixConnection(networkOf(this), protocolFactory, path, options);
  }

  /** Goes on with TLS on a connection; gives the transport to be used from then on. A client gives `serverHostname`. */
  startTls(
    transport: Transport,
    protocol: Protocol | BufferedProtocol,
    tls: true | TlsOptions,
    options?: StartTlsOptions,
  ): Coroutine<Transport> {
    return startTls(networkOf(this), transport, protocol, tls, options);
  }

  /** Opens a datagram socket (UDP, or unix) and gives the transport and the protocol that `protocolFactory` made. */
  createDatagramEndpoint<P extends DatagramProtocol>(
    protocolFactory: () => P,
    options: DatagramOptions,
  ): Coroutine<[DatagramTransport, P]> {
    return createDatagramEndpoint(networkOf(this), protocolFactory, options);
  }

  /** The addresses of a host, found off this thread, in the order in which they should be tried. Throws NameError. */
  getaddrinfo(host: string | undefined, port: number, options?: AddressInfoOptions): Coroutine<AddressInfo[]> {
    return getaddrinfo(networkOf(this), host, port, options);
  }

  /** The names of a host and of a service, found off this thread. Throws NameError. */
  getnameinfo(
    address: { readonly host: string; readonly port: number },
    options?: NameInfoOptions,
  ): Coroutine<[host: string, service: string]> {
    return getnameinfo(networkOf(this), address, options);
  }

  /** A transport for a connection that was accepted by other means; it takes the socket, or the descriptor of one, over. */
  connectAcceptedSocket<P extends Protocol | BufferedProtocol>(
    protocolFactory: () => P,
    socket: SocketLike,
    options?: TlsServerOptions,
  ): Coroutine<[Transport, P]> {
    return connectAcceptedSocket(networkOf(this), protocolFactory, socket, options);
  }

  /** Reads from the descriptor of a pipe or terminal, which the transport makes non-blocking, and closes. */
  connectReadPipe<P extends Protocol | BufferedProtocol>(
    protocolFactory: () => P,
    pipe: PipeLike,
  ): Coroutine<[ReadTransport, P]> {
    const network = networkOf(this);
    return network.driver.descriptors === undefined
      ? connectNodePipe(network, protocolFactory, pipe, 'read')
      : connectReadPipe(network, protocolFactory, pipe);
  }

  /** Writes to the descriptor of a pipe or terminal, which the transport makes non-blocking, and closes. */
  connectWritePipe<P extends BaseProtocol>(protocolFactory: () => P, pipe: PipeLike): Coroutine<[WriteTransport, P]> {
    const network = networkOf(this);
    return network.driver.descriptors === undefined
      ? connectNodePipe(network, protocolFactory, pipe, 'write')
      : connectWritePipe(network, protocolFactory, pipe);
  }

  /** Calls `callback` once a turn while the descriptor can be read. Replaces the one that was there. */
  addReader(fd: watchers.DescriptorLike, callback: () => void): void {
    watchers.addReader(networkOf(this), fd, callback);
  }

  /** True when there was one. Do this before closing the descriptor. */
  removeReader(fd: watchers.DescriptorLike): boolean {
    return watchers.removeReader(networkOf(this), fd);
  }

  /** Calls `callback` once a turn while the descriptor can be written. Replaces the one that was there. */
  addWriter(fd: watchers.DescriptorLike, callback: () => void): void {
    watchers.addWriter(networkOf(this), fd, callback);
  }

  /** True when there was one. Do this before closing the descriptor. */
  removeWriter(fd: watchers.DescriptorLike): boolean {
    return watchers.removeWriter(networkOf(this), fd);
  }

  /** Receives up to `length` bytes; an empty Buffer at the end of the stream. A cancel loses none. */
  sockRecv(socket: Socket, length: number): Coroutine<Buffer> {
    return sock.sockRecv(socket, length);
  }

  /** Receives into `into` and gives the number of bytes; 0 at the end of the stream. */
  sockRecvInto(socket: Socket, into: Uint8Array): Coroutine<number> {
    return sock.sockRecvInto(socket, into);
  }

  /** Receives one datagram of up to `length` bytes, with who sent it. */
  sockRecvfrom(socket: Socket, length: number): Coroutine<[Buffer, Address | undefined]> {
    return sock.sockRecvfrom(socket, length);
  }

  /** As `sockRecvfrom`, into memory of the caller's. */
  sockRecvfromInto(socket: Socket, into: Uint8Array): Coroutine<[number, Address | undefined]> {
    return sock.sockRecvfromInto(socket, into);
  }

  /** Sends all of `data`, which must not be changed meanwhile. */
  sockSendall(socket: Socket, data: Uint8Array): Coroutine<void> {
    return sock.sockSendall(socket, data);
  }

  /** Sends one datagram and gives its length. */
  sockSendto(socket: Socket, data: Uint8Array, address: DatagramAddress): Coroutine<number> {
    return sock.sockSendto(socket, data, address);
  }

  /** Sends (a part of) a file through a socket, inside the system where it can, and gives the number of bytes. */
  sockSendfile(socket: Socket, file: FileLike, options?: SendfileOptions): Coroutine<number> {
    return sockSendfile(socket, file, options);
  }

  /**
   * Sends (a part of) a file through a connection's transport, behind what is buffered, inside the system where it can,
   * and gives the number of bytes. Meanwhile nothing is read, and nothing else may be written.
   */
  sendfile(transport: WriteTransport, file: FileLike, options?: SendfileOptions): Coroutine<number> {
    return sendfile(networkOf(this), transport, file, options);
  }

  /** Accepts the next connection of a listening socket, and tells where it comes from. */
  sockAccept(socket: Socket): Coroutine<[Socket, Address]> {
    return sock.sockAccept(socket);
  }

  /** Connects a socket. The host may be a name. */
  sockConnect(socket: Socket, address: DatagramAddress): Coroutine<void> {
    return sock.sockConnect(socket, address);
  }
}
