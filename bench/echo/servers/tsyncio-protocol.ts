import { type Coroutine, getRunningLoop, type InetAddress, Protocol, run, type Transport } from '../../../src/index.ts';

class Echo extends Protocol {
  private transport: Transport | undefined = undefined;

  override connectionMade(transport: Transport): void {
    this.transport = transport;
  }

  override dataReceived(bytes: Uint8Array): void {
    this.transport!.write(bytes);
  }

  // Bounds the memory when the peer does not read.
  override pauseWriting(): void {
    this.transport!.pauseReading();
  }

  override resumeWriting(): void {
    this.transport!.resumeReading();
  }
}

function* main(): Coroutine<void> {
  const server = yield* getRunningLoop().createServer(() => new Echo(), { host: '127.0.0.1', port: 0, backlog: 4096 });
  console.log(`port ${(server.sockets[0]!.getsockname() as InetAddress).port}`);
  yield* server.serveForever();
}

await run(main());
