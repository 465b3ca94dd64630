import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { afterEach, test } from 'node:test';
import { MemoryHandle } from '../../src/loop/memory-handle.ts';
import { nodeTls } from '../../src/loop/node-tls.ts';
import type { TlsEngine, TlsEngineMaker, TlsEngineOwner } from '../../src/net/tls-engine.ts';

const fixture = (name: string): Buffer => readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url));
const original = MemoryHandle.of;
afterEach(() => {
  MemoryHandle.of = original;
});

/** One side of a connection without a network: what it sends is received by `other` at once, or in an immediate. */
class Side implements TlsEngineOwner {
  readonly engine: TlsEngine;
  other: Side | undefined = undefined;
  received: Buffer[] = [];
  writes = 0;
  readonly happened: string[] = [];
  private readonly later: boolean;
  readonly open: Promise<void>;
  readonly over: Promise<void>;
  private resolveOpen = (): void => {};
  private resolveOver = (): void => {};

  constructor(make: TlsEngineMaker, later: boolean) {
    this.later = later;
    this.open = new Promise((resolve) => {
      this.resolveOpen = resolve;
    });
    this.over = new Promise((resolve) => {
      this.resolveOver = resolve;
    });
    this.engine = make(this);
  }

  ciphertext(data: Buffer): void {
    assert.ok(!this.happened.includes('ended'), 'nothing follows the goodbye');
    const copy = Buffer.from(data);
    if (this.later) setImmediate(() => this.other?.engine.receive(copy));
    else queueMicrotask(() => this.other?.engine.receive(copy));
  }
  handshakeDone(): void {
    this.resolveOpen();
  }
  plaintext(data: Buffer): void {
    this.received.push(Buffer.from(data));
  }
  peerEnded(): void {
    this.happened.push('peer ended');
    this.resolveOver();
  }
  written(): void {
    this.writes += 1;
  }
  ended(): void {
    this.happened.push('ended');
  }
  failed(error: Error): void {
    throw error;
  }
}

async function talk(later: boolean): Promise<{ client: Side; server: Side; sent: Buffer }> {
  const server = new Side(nodeTls.server({ key: fixture('server.key'), cert: fixture('server.pem') }), later);
  const client = new Side(nodeTls.client({ ca: fixture('ca.pem') }, 'localhost'), later);
  server.other = client;
  client.other = server;
  await Promise.all([client.open, server.open]);
  const pieces = Array.from({ length: 100 }, (_, i) => Buffer.alloc(1 + i * 700, i));
  for (const piece of pieces) client.engine.write(piece);
  client.engine.end();
  server.engine.write(Buffer.from('answer'));
  server.engine.end();
  await Promise.all([client.over, server.over]);
  for (const side of [client, server]) side.engine.destroy();
  return { client, server, sent: Buffer.concat(pieces) };
}

for (const later of [false, true]) {
  const when = later ? 'later' : 'soon';
  test(`TLS in memory, delivered ${when}: every byte, then the goodbye`, async () => {
    let found = 0;
    MemoryHandle.of = (...args) => {
      const handle = original(...args);
      if (handle !== undefined) found += 1;
      return handle;
    };
    const { client, server, sent } = await talk(later);
    assert.equal(found, 2, 'this Node has the handle');
    assert.ok(Buffer.concat(server.received).equals(sent));
    assert.equal(Buffer.concat(client.received).toString(), 'answer');
    assert.deepEqual([...client.happened].sort(), ['ended', 'peer ended']);
    assert.equal(client.writes, 100);
  });

  test(`the same where there is no such handle, delivered ${when}`, async () => {
    MemoryHandle.of = () => undefined;
    const { client, server, sent } = await talk(later);
    assert.ok(Buffer.concat(server.received).equals(sent));
    assert.equal(Buffer.concat(client.received).toString(), 'answer');
    assert.equal(client.writes, 100);
  });
}
