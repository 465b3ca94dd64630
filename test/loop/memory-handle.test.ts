import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { openSsl } from '../../src/ffi/openssl.ts';
import { MemoryHandle } from '../../src/loop/memory-handle.ts';
import { TlsRecords } from '../../src/loop/tls-records.ts';
import { connectedSides, type TlsSide } from './tls-side.ts';

const originalHandle = MemoryHandle.of;
const originalRecords = TlsRecords.of;
afterEach(() => {
  MemoryHandle.of = originalHandle;
  TlsRecords.of = originalRecords;
});

async function talk(later: boolean): Promise<{ client: TlsSide; server: TlsSide; sent: Buffer }> {
  const { client, server } = await connectedSides(later);
  const pieces = Array.from({ length: 100 }, (_, i) => Buffer.alloc(1 + i * 700, i));
  for (const piece of pieces) client.engine.write(piece);
  client.engine.end();
  server.engine.write(Buffer.from('answer'));
  server.engine.end();
  await Promise.all([client.over, server.over]);
  for (const side of [client, server]) {
    side.engine.destroy();
    assert.equal(side.error, undefined);
  }
  return { client, server, sent: Buffer.concat(pieces) };
}

function check({ client, server, sent }: Awaited<ReturnType<typeof talk>>): void {
  assert.ok(Buffer.concat(server.received).equals(sent));
  assert.equal(Buffer.concat(client.received).toString(), 'answer');
  assert.ok(client.happened.includes('peer ended'));
  assert.equal(client.writes, 100);
}

for (const later of [false, true]) {
  const when = later ? 'later' : 'soon';
  test(`TLS in memory, delivered ${when}: every byte, then the goodbye`, {
    skip: openSsl() === undefined,
  }, async () => {
    let taken = 0;
    TlsRecords.of = (...args) => {
      const records = originalRecords(...args);
      if (records !== undefined) taken += 1;
      return records;
    };
    check(await talk(later));
    assert.ok(taken > 0, 'this Node lets its OpenSSL be called');
  });

  test(`the same past Node’s streams, delivered ${when}`, async () => {
    let found = 0;
    MemoryHandle.of = (...args) => {
      const handle = originalHandle(...args);
      if (handle !== undefined) found += 1;
      return handle;
    };
    TlsRecords.of = () => undefined;
    check(await talk(later));
    assert.equal(found, 2, 'this Node has the handle');
  });

  test(`the same through Node’s streams, delivered ${when}`, async () => {
    MemoryHandle.of = () => undefined;
    check(await talk(later));
  });
}
