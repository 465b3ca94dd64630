import {
  type Address,
  type Coroutine,
  DatagramProtocol,
  type DatagramTransport,
  getRunningLoop,
  type InetAddress,
  run,
} from '../../../src/index.ts';

class Echo extends DatagramProtocol {
  private transport: DatagramTransport | undefined = undefined;

  override connectionMade(transport: DatagramTransport): void {
    this.transport = transport;
  }

  override datagramReceived(data: Buffer, from: Address): void {
    this.transport!.sendto(data, from);
  }
}

function* main(): Coroutine<void> {
  const loop = getRunningLoop();
  const localAddr = { host: '127.0.0.1', port: 0 };
  const [transport] = yield* loop.createDatagramEndpoint(() => new Echo(), { localAddr });
  console.log(`port ${transport.getExtraInfo<InetAddress>('sockname')!.port}`);
  yield* loop.createFuture<void>();
}

await run(main());
