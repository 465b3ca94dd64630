import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { bindRaw, type Pointer } from '../../src/ffi/libc.ts';
import { openSsl } from '../../src/ffi/openssl.ts';
import { TlsRecords } from '../../src/loop/tls-records.ts';
import { Child } from '../support/child.ts';
import { connectedSides, type TlsSide } from './tls-side.ts';

const original = TlsRecords.of;
afterEach(() => {
  TlsRecords.of = original;
});
const skip = openSsl() === undefined;

/** How many connections' ends were taken over from Node, and their SSLs. */
function counted(): { taken: number; readonly ssls: Pointer[] } {
  const count = { taken: 0, ssls: [] as Pointer[] };
  TlsRecords.of = (...args) => {
    const { ssl } = args[0];
    const records = original(...args);
    if (records !== undefined) {
      count.taken += 1;
      count.ssls.push(ssl);
    }
    return records;
  };
  return count;
}

async function received(side: TlsSide, length: number): Promise<Buffer> {
  while (Buffer.concat(side.received).length < length) await new Promise((resolve) => setImmediate(resolve));
  return Buffer.concat(side.received);
}

/** Both have said something by records of ours. */
async function greeted(): Promise<{ readonly client: TlsSide; readonly server: TlsSide; readonly ssls: Pointer[] }> {
  const count = counted();
  const sides = await connectedSides(false);
  // Twice, as tickets are still on their way through Node at first.
  for (const word of ['one', 'onetwo']) {
    sides.client.engine.write(Buffer.from(word.slice(-3)));
    assert.equal(String(await received(sides.server, word.length)), word);
    sides.server.engine.write(Buffer.from(word.slice(-3)));
    assert.equal(String(await received(sides.client, word.length)), word);
  }
  assert.equal(count.taken, 2);
  return { ...sides, ssls: count.ssls };
}

test('a record that was changed on its way breaks the connection, and the peer is told', { skip }, async () => {
  const { client, server } = await greeted();
  client.tamper = (data) => {
    data[data.length - 1]! ^= 1;
    return data;
  };
  client.engine.write(Buffer.from('three'));
  await Promise.all([server.over, client.over]);
  assert.equal((server.error as NodeJS.ErrnoException).code, 'ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC');
  // The number was in the name until OpenSSL 3.2.
  assert.match((client.error as NodeJS.ErrnoException).code!, /^ERR_SSL_.*ALERT_BAD_RECORD_MAC$/);
  assert.equal(String(Buffer.concat(server.received)), 'onetwo');
  client.engine.destroy();
  server.engine.destroy();
});

test('records that come in pieces of any length', { skip }, async () => {
  const { client, server } = await greeted();
  const sent = Buffer.concat(
    ['onetwo', Buffer.alloc(40_000, 3), 'x', Buffer.alloc(5000, 4)].map((part) => Buffer.from(part)),
  );
  const wire: Buffer[] = [];
  client.other = undefined;
  client.tamper = (data) => {
    wire.push(data);
    return data;
  };
  for (const [start, end] of [
    [6, 40_006],
    [40_006, 40_007],
    [40_007, sent.length],
  ])
    client.engine.write(sent.subarray(start, end));
  const whole = Buffer.concat(wire);
  for (let at = 0, step = 1; at < whole.length; at += step, step = (step * 7) % 4099) {
    server.engine.receive(whole.subarray(at, at + step));
  }
  assert.ok(Buffer.concat(server.received).equals(sent));
  client.engine.destroy();
  server.engine.destroy();
});

test('a peer that asks for new keys with every byte cannot make more answers than there is room for', {
  skip,
}, async () => {
  const { client, server, ssls } = await greeted();
  const updateKey = bindRaw('int SSL_key_update(intptr, int)');
  const REQUESTED = 1;
  const times = 6000;
  const wire: Buffer[] = [];
  client.other = undefined;
  client.tamper = (data) => {
    wire.push(data);
    return data;
  };
  // The client writes first, so that its end was taken over first.
  for (let i = 0; i < times; i++) {
    assert.equal(updateKey(ssls[0]!, REQUESTED), 1);
    client.engine.write(Buffer.from([i & 0xff]));
  }
  let answered = 0;
  let longest = 0;
  server.tamper = (data) => {
    answered += data.length;
    longest = Math.max(longest, data.length);
    return data;
  };
  const flood = Buffer.concat(wire);
  assert.ok(flood.length > 256 * 1024);
  server.engine.receive(flood);
  assert.equal(server.error, undefined);
  assert.equal(Buffer.concat(server.received).length, 'onetwo'.length + times);
  // A record with a KeyUpdate has 27 bytes. The last answer may go with what is written next.
  assert.equal(answered % 27, 0);
  assert.ok(answered >= (times - 1) * 27, `${answered} bytes of answers`);
  assert.ok(longest <= 80 * 1024, `${longest} bytes at once`);
  client.engine.destroy();
  server.engine.destroy();
});

test('TSYNCIO_TLS=node keeps the records in Node', async () => {
  const program = "import('./src/ffi/openssl.ts').then(({ openSsl }) => console.log(openSsl()))";
  const words = ['--conditions=@tsyncio/source', '--import', 'tsx', '--input-type=module', '--eval', program];
  const { stdout, stderr } = await new Child(words, { TSYNCIO_TLS: 'node' }, process.cwd()).ended();
  assert.equal(stderr, '');
  assert.equal(stdout, 'undefined\n');
});

test('TLS 1.2 stays with Node', { skip }, async () => {
  const count = counted();
  const { client, server } = await connectedSides(false, { maxVersion: 'TLSv1.2' });
  client.engine.write(Buffer.from('hello'));
  assert.equal(String(await received(server, 5)), 'hello');
  assert.equal(count.taken, 0);
  client.engine.destroy();
  server.engine.destroy();
});

test('the end of the network without a goodbye is told once', { skip }, async () => {
  const { client, server } = await greeted();
  server.engine.receiveEof();
  server.engine.receiveEof();
  assert.deepEqual(server.happened, ['peer ended']);
  client.engine.destroy();
  server.engine.destroy();
});
