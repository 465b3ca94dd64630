import type { Address } from '../../src/io/address.ts';
import * as io from '../../src/io/operation.ts';
import { LOOPBACK, type Rig } from './harness.ts';

export class TestOpenDatagram extends io.OpenDatagram {
  readonly ends: number[] = [];
  constructor(given: { address?: Address; peer?: Address; family?: Address['family']; options?: io.DatagramOptions }) {
    super();
    Object.assign(this, { family: (given.address ?? given.peer)?.family ?? 4, ...given });
  }
  onEnd(result: number): void {
    this.ends.push(result);
  }
}

export class TestReceiveFrom extends io.ReceiveFrom {
  readonly datagrams: Buffer[] = [];
  readonly senders: (Address | undefined)[] = [];
  readonly errors: number[] = [];
  readonly ends: number[] = [];
  onMore: (() => void) | undefined;
  constructor(fd: number) {
    super();
    this.fd = fd;
  }
  get words(): string[] {
    return this.datagrams.map(String);
  }
  onDatagram(memory: Buffer, start: number, end: number, from: Address | undefined): void {
    this.datagrams.push(Buffer.from(memory.subarray(start, end)));
    this.senders.push(from);
    this.onMore?.();
  }
  onError(result: number): void {
    this.errors.push(result);
  }
  onEnd(result: number): void {
    this.ends.push(result);
  }
}

/** Sends a list, each to its address. */
export class TestSendTo extends io.SendTo {
  readonly sent: number[] = [];
  readonly ends: number[] = [];
  readonly left: (readonly [data: Uint8Array, to: Address | undefined])[];
  onMore: (() => void) | undefined;
  constructor(fd: number, list: readonly (readonly [data: Uint8Array | string, to?: Address | undefined])[]) {
    super();
    this.fd = fd;
    this.left = list.map(([data, to]) => [typeof data === 'string' ? Buffer.from(data) : data, to]);
  }
  next(): boolean {
    const first = this.left.shift();
    if (first === undefined) return false;
    [this.data, this.address] = first;
    return true;
  }
  onSent(result: number): void {
    this.sent.push(result);
    this.onMore?.();
  }
  onEnd(result: number): void {
    this.ends.push(result);
  }
}

/** A datagram socket, by default on a free port of loopback. */
export async function openSocket(rig: Rig, given: ConstructorParameters<typeof TestOpenDatagram>[0]): Promise<number> {
  return await rig.end(rig.submit(new TestOpenDatagram(given)));
}

/** Two sockets that know each other's address; the first one is connected to the second. */
export async function openPair(rig: Rig): Promise<{ near: number; far: number; nearName: Address; farName: Address }> {
  const far = await openSocket(rig, { address: LOOPBACK });
  const farName = rig.driver.localAddress(far);
  const near = await openSocket(rig, { peer: farName });
  return { near, far, nearName: rig.driver.localAddress(near), farName };
}
