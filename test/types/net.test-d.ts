/** Compiled by `tsc -p .`, never run: what TypeScript infers for net/. */
import {
  type Address,
  AddressesError,
  type AddressInfo,
  asyncIterate,
  asyncWith,
  BaseProtocol,
  BaseTransport,
  BufferedProtocol,
  type Coroutine,
  DatagramProtocol,
  DatagramTransport,
  type EventLoop,
  IncompleteReadError,
  type InetAddress,
  LimitOverrunError,
  NameError,
  type OSError,
  openConnection,
  openUnixConnection,
  Protocol,
  ReadTransport,
  SendfileNotAvailableError,
  type Server,
  Socket,
  StreamReader,
  StreamReaderProtocol,
  StreamWriter,
  startServer,
  startUnixServer,
  TlsError,
  Transport,
  TransportClosedError,
  TransportSocket,
  type UnixAddress,
  WriteTransport,
} from 'tsyncio';
import { exactly } from './exactly.ts';

declare const loop: EventLoop;
declare const socket: Socket;
declare const thrown: unknown;
declare const transport: BaseTransport;

class Echo extends Protocol {
  readonly lines: string[] = [];
}
class Buffered extends BufferedProtocol {
  getBuffer(): Uint8Array {
    return Buffer.alloc(8);
  }
  bufferUpdated(): void {}
}
class Datagrams extends DatagramProtocol {}

export function* streams(): Coroutine<void> {
  exactly<[StreamReader, StreamWriter]>()(yield* openConnection({ host: 'localhost', port: 1 }));
  exactly<[StreamReader, StreamWriter]>()(yield* openUnixConnection('/tmp/bar'));
  const [reader, writer] = yield* openConnection({ host: 'localhost', port: 1 });
  exactly<Buffer>()(yield* reader.readLine());
  exactly<Buffer>()(yield* reader.readUntil(Buffer.from(';')));
  const step = yield* reader[asyncIterate]().next();
  if (step.done !== true) exactly<Buffer>()(step.value);
  exactly<void>()(yield* writer.drain());
  exactly<string | undefined>()(writer.getExtraInfo<string>('cipher'));
  exactly<Transport>()(writer.transport);
  exactly<number>()(
    yield* asyncWith(writer, function* (entered) {
      exactly<StreamWriter>()(entered);
      return 1;
    }),
  );
  exactly<boolean>()(thrown instanceof StreamReaderProtocol);
  exactly<boolean>()(thrown instanceof StreamReader || thrown instanceof StreamWriter);
  // @ts-expect-error: text has to be encoded
  writer.write('water');
  // @ts-expect-error: options, not positions
  openConnection('localhost', 1);
}

export function* servers(): Coroutine<void> {
  const server = yield* startServer(
    function* (reader, writer) {
      exactly<StreamReader>()(reader);
      exactly<StreamWriter>()(writer);
    },
    { host: '127.0.0.1', port: 0 },
  );
  exactly<Server>()(server);
  exactly<readonly TransportSocket<InetAddress>[]>()(server.sockets);
  exactly<Server<UnixAddress>>()(yield* startUnixServer(() => {}, '/tmp/bar'));
  exactly<Server>()(yield* loop.createServer(() => new Buffered(), { port: 0 }));
  exactly<never>()(yield* server.serveForever());
}

export function* transports(): Coroutine<void> {
  exactly<[Transport, Echo]>()(yield* loop.createConnection(() => new Echo(), { host: 'localhost', port: 1 }));
  exactly<[Transport, Buffered]>()(yield* loop.createUnixConnection(() => new Buffered(), '/tmp/bar'));
  exactly<[DatagramTransport, Datagrams]>()(
    yield* loop.createDatagramEndpoint(() => new Datagrams(), { localAddr: { host: '127.0.0.1', port: 0 } }),
  );
  exactly<AddressInfo[]>()(yield* loop.getaddrinfo('localhost', 1));
  exactly<[host: string, service: string]>()(yield* loop.getnameinfo({ host: '127.0.0.1', port: 1 }));
  exactly<[Socket, Address]>()(yield* loop.sockAccept(socket));
  exactly<Buffer>()(yield* loop.sockRecv(socket, 10));
  if (transport instanceof ReadTransport) exactly<boolean>()(transport.isReading());
  if (transport instanceof WriteTransport) exactly<number>()(transport.getWriteBufferSize());
  if (transport instanceof DatagramTransport || transport instanceof Transport) transport.abort();
  exactly<boolean>()(new Echo() instanceof BaseProtocol && transport instanceof BaseTransport);
  // @ts-expect-error: a protocol is made by a function
  loop.createConnection(new Echo(), { host: 'localhost', port: 1 });
}

export function errors(): void {
  if (thrown instanceof IncompleteReadError) exactly<Buffer>()(thrown.partial);
  if (thrown instanceof LimitOverrunError) exactly<number>()(thrown.consumed);
  if (thrown instanceof AddressesError) exactly<readonly OSError[]>()(thrown.errors);
  if (thrown instanceof NameError) exactly<string>()(thrown.hostname);
  if (thrown instanceof TransportClosedError) exactly<'ERR_TRANSPORT_CLOSED' | 'ERR_WRITE_AFTER_EOF'>()(thrown.code);
  if (thrown instanceof SendfileNotAvailableError) exactly<string>()(thrown.message);
  if (thrown instanceof TlsError) exactly<string>()(thrown.message);
  if (thrown instanceof TransportSocket || thrown instanceof Socket) exactly<number>()(thrown.fileno());
}
