import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  type Address,
  type Coroutine,
  DatagramProtocol,
  type DatagramTransport,
  Future,
  getRunningLoop,
  type InetAddress,
  Queue,
  TimeoutError,
  waitFor,
} from 'tsyncio';
import type { Random } from '../../differential/generate/random.ts';
import { randomLength } from '../exchange.ts';
import { DIGEST_LENGTH, stretch } from '../payload.ts';
import type { Action } from './action.ts';

/** In bytes: what an IPv4 datagram carries at most, without the number and the digest. */
const LONGEST = 65_507 - 4 - DIGEST_LENGTH;
const HEADER_LENGTH = 4 + DIGEST_LENGTH;
/** In milliseconds: after that a datagram is taken to be lost, which the system may do when it is short of room. */
const LOST_MS = 1_000;
const MOST_TRIES = 20;

class Echo extends DatagramProtocol {
  #transport!: DatagramTransport;
  override connectionMade(transport: DatagramTransport): void {
    this.#transport = transport;
  }
  override datagramReceived(data: Buffer, from: Address | undefined): void {
    this.#transport.sendto(data, from);
  }
}

class Box extends DatagramProtocol {
  readonly arrived = new Queue<Buffer>();
  readonly lost = new Future<Error | undefined>();
  override datagramReceived(data: Buffer): void {
    this.arrived.putNowait(data);
  }
  override connectionLost(error: Error | undefined): void {
    // Cancelled together with whoever waits for it.
    if (!this.lost.done()) this.lost.setResult(error);
  }
}

/** Sends some datagrams, each with its number and digest, to an echo of its own, and each again until it is back. */
export class DatagramAction implements Action {
  readonly name = 'datagrams';

  *run(random: Random): Coroutine<number> {
    const loop = getRunningLoop();
    const local = { localAddr: { host: '127.0.0.1', port: 0 } };
    const [echo] = yield* loop.createDatagramEndpoint(() => new Echo(), local);
    let ends: DatagramTransport[] = [echo];
    try {
      const target = echo.getExtraInfo<InetAddress>('sockname')!;
      const connected = random.chance(0.5);
      const options = connected ? { remoteAddr: { host: target.host, port: target.port } } : local;
      const [transport, box] = yield* loop.createDatagramEndpoint(() => new Box(), options);
      ends = [echo, transport];
      let bytes = 0;
      for (let number = random.below(20); number >= 0; number--) {
        const data = makeDatagram(number, random);
        yield* thereAndBack(box, () => transport.sendto(data, connected ? undefined : target), data);
        bytes += data.length;
      }
      transport.close();
      assert.equal(yield* box.lost, undefined);
      return bytes;
    } finally {
      for (const end of ends) end.abort();
    }
  }
}

function makeDatagram(number: number, random: Random): Buffer {
  const data = stretch(random.below(900_000), randomLength(random, LONGEST));
  const header = Buffer.alloc(HEADER_LENGTH);
  header.writeUInt32LE(number, 0);
  createHash('sha256').update(data).digest().copy(header, 4);
  return Buffer.concat([header, data]);
}

function* thereAndBack(box: Box, send: () => void, data: Buffer): Coroutine<void> {
  for (let tries = 1; ; tries++) {
    send();
    try {
      // Earlier ones that were taken to be lost may come late.
      while (!checked(yield* waitFor(box.arrived.get(), LOST_MS)).equals(data));
      return;
    } catch (error) {
      if (!(error instanceof TimeoutError) || tries === MOST_TRIES) throw error;
    }
  }
}

function checked(data: Buffer): Buffer {
  const digest = createHash('sha256').update(data.subarray(HEADER_LENGTH)).digest();
  assert.ok(digest.equals(data.subarray(4, HEADER_LENGTH)), 'a datagram came back changed');
  return data;
}
