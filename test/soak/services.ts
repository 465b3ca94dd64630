/** The servers of the soak. Each can be restarted at any time, on the address that it has. */
import { join } from 'node:path';
import {
  type BufferedProtocol,
  type Coroutine,
  getRunningLoop,
  openConnection,
  openUnixConnection,
  type Protocol,
  type Server,
  type StreamReader,
  type StreamWriter,
  startServer,
  startUnixServer,
} from 'tsyncio';
import { ca, server as certificate } from '../net/tls-fixtures.ts';
import { EchoProtocol } from './actions/protocol-ends.ts';
import { unlessBroken } from './breakage.ts';
import { serveExchanges } from './exchange.ts';

export type Streams = [StreamReader, StreamWriter];
type AnyServer = Pick<Server, 'close' | 'waitClosed' | 'closeClients' | 'abortClients'>;

export abstract class Service {
  abstract readonly name: string;
  /** Grows before and after each restart: who sees no change was not disturbed by one. */
  epoch = 0;
  private server: AnyServer | undefined = undefined;

  *start(): Coroutine<void> {
    this.server = yield* this.listen();
  }

  /** Waits for the connections to end by themselves, unless they are broken off. */
  *stop(broken: boolean): Coroutine<void> {
    const { server } = this;
    if (server === undefined) return;
    this.server = undefined;
    server.close();
    if (broken) server.abortClients();
    yield* server.waitClosed();
  }

  /** Does nothing when a restart is under way. */
  *restart(broken: boolean): Coroutine<boolean> {
    if (this.server === undefined) return false;
    this.epoch++;
    yield* this.stop(broken);
    yield* this.start();
    this.epoch++;
    return true;
  }

  protected abstract listen(): Coroutine<AnyServer>;
}

/** One that serves exchanges over streams. */
export abstract class StreamService extends Service {
  abstract connect(): Coroutine<Streams>;
}

function* serve(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
  try {
    yield* unlessBroken(serveExchanges(reader, writer));
  } finally {
    writer.close();
  }
}

/** TCP, or TLS from the first byte. */
export class TcpService extends StreamService {
  readonly name: string;
  private readonly tls: boolean;
  private port = 0;

  constructor(name: string, tls: boolean) {
    super();
    this.name = name;
    this.tls = tls;
  }

  *connect(): Coroutine<Streams> {
    return yield* openConnection({ host: '127.0.0.1', port: this.port, tls: this.tls ? { ca } : undefined });
  }

  protected *listen(): Coroutine<Server> {
    const tls = this.tls ? certificate : undefined;
    const server = yield* startServer(serve, { host: '127.0.0.1', port: this.port, tls });
    this.port = server.sockets[0]!.getsockname().port;
    return server;
  }
}

/** TLS after a line in the clear. */
export class UpgradeService extends StreamService {
  readonly name = 'startTls';
  private port = 0;

  *connect(): Coroutine<Streams> {
    const [reader, writer] = yield* openConnection({ host: '127.0.0.1', port: this.port });
    try {
      writer.write(Buffer.from('STARTTLS\n'));
      yield* reader.readExactly(3);
      yield* writer.startTls({ ca }, { serverHostname: 'localhost' });
    } catch (error) {
      writer.transport.abort();
      throw error;
    }
    return [reader, writer];
  }

  protected *listen(): Coroutine<Server> {
    const upgrade = function* (reader: StreamReader, writer: StreamWriter): Coroutine<void> {
      yield* reader.readLine();
      writer.write(Buffer.from('go\n'));
      yield* writer.startTls(certificate);
      yield* serve(reader, writer);
    };
    const onConnection = function* (reader: StreamReader, writer: StreamWriter): Coroutine<void> {
      try {
        yield* unlessBroken(upgrade(reader, writer));
      } finally {
        writer.close();
      }
    };
    const server = yield* startServer(onConnection, { host: '127.0.0.1', port: this.port });
    this.port = server.sockets[0]!.getsockname().port;
    return server;
  }
}

export class UnixService extends StreamService {
  readonly name = 'unix';
  private readonly path: string;

  constructor(folder: string) {
    super();
    this.path = join(folder, 'unix.sock');
  }

  *connect(): Coroutine<Streams> {
    return yield* openUnixConnection(this.path);
  }

  protected *listen(): Coroutine<AnyServer> {
    return yield* startUnixServer(serve, this.path);
  }
}

/** Sends everything back, with protocols at both ends. */
export class ProtocolService extends Service {
  readonly name = 'protocol';
  port = 0;

  protected *listen(): Coroutine<Server> {
    const make = (): Protocol | BufferedProtocol => new EchoProtocol();
    const server = yield* getRunningLoop().createServer(make, { host: '127.0.0.1', port: this.port });
    this.port = server.sockets[0]!.getsockname().port;
    return server;
  }
}
