import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { nodeTls } from '../../src/loop/node-tls.ts';
import type { TlsEngine, TlsEngineMaker, TlsEngineOwner } from '../../src/net/tls-engine.ts';
import type { TlsOptions } from '../../src/net/tls-options.ts';

const fixture = (name: string): Buffer => readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url));

/** One side of a connection without a network: what it sends is received by `other` at once, or in an immediate. */
export class TlsSide implements TlsEngineOwner {
  readonly engine: TlsEngine;
  other: TlsSide | undefined = undefined;
  received: Buffer[] = [];
  writes = 0;
  readonly happened: string[] = [];
  error: Error | undefined = undefined;
  /** What it sends is changed by this on its way. */
  tamper = (data: Buffer): Buffer => data;
  readonly sender = {
    now: (data: Uint8Array): void => this.ciphertext(data as Buffer),
    unsent: Number.POSITIVE_INFINITY,
  };
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
    const copy = this.tamper(Buffer.from(data));
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
    this.error = error;
    this.happened.push('failed');
    this.resolveOver();
  }
}

/** Both sides of a connection, after the handshake. */
export async function connectedSides(
  later: boolean,
  options: TlsOptions = {},
): Promise<{ readonly client: TlsSide; readonly server: TlsSide }> {
  const own = { key: fixture('server.key'), cert: fixture('server.pem') };
  const server = new TlsSide(nodeTls.server({ ...own, ...options }), later);
  const client = new TlsSide(nodeTls.client({ ca: fixture('ca.pem'), ...options }, 'localhost'), later);
  server.other = client;
  client.other = server;
  await Promise.all([client.open, server.open]);
  return { client, server };
}
