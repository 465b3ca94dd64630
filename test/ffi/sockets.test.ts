import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { libc, pinned } from '../../src/ffi/libc.ts';
import { ffiUnavailable } from '../../src/ffi/load.ts';
import { decodeAddress, encodeAddress, SOCKADDR_ROOM } from '../../src/ffi/sockaddr.ts';
import * as sockets from '../../src/ffi/sockets.ts';
import type { Address } from '../../src/io/address.ts';
import { EBADF, EINVAL, ENAMETOOLONG, ENOENT } from '../../src/io/errno.ts';

const missing = process.platform === 'linux' ? ffiUnavailable() : 'not Linux';
const listenOptions = { backlog: 5, reuseAddress: false, reusePort: false, v6Only: true };

describe('addresses and sockets', { skip: missing ?? false }, () => {
  const bytes = new Uint8Array(SOCKADDR_ROOM);
  const roundTrip = (address: Address): Address | undefined => decodeAddress(bytes, encodeAddress(address, bytes));

  test('an address survives the way to the kernel and back', () => {
    const hosts6 = [
      '::',
      '::1',
      '1::',
      'fe80::1:0:0:1',
      '2001:db8:0:1:1:1:1:1',
      '1:0:0:2::3',
      '1::2:0:0:3:4',
      '::ffff:10.0.0.1',
    ];
    const addresses: Address[] = [
      { family: 4, host: '127.0.0.1', port: 80 },
      { family: 4, host: '255.0.1.2', port: 65535 },
      ...hosts6.map((host): Address => ({ family: 6, host, port: 443 })),
      { family: 6, host: 'fe80::1', port: 1, scopeId: 3, flowInfo: 7 },
      { family: 'unix', path: '/tmp/söcket' },
      { family: 'unix', path: '\0abstract' },
      { family: 'unix', path: `\0${'x'.repeat(107)}` },
      { family: 'unix', path: 'y'.repeat(107) },
      { family: 'unix', path: '' },
    ];
    for (const address of addresses) assert.deepEqual(roundTrip(address), address);
  });

  test('a zone in the host becomes the scope', () => {
    const expected = { family: 6, host: 'fe80::1', port: 1, scopeId: 1 };
    assert.deepEqual(roundTrip({ family: 6, host: 'fe80::1%1', port: 1 }), expected);
    assert.deepEqual(roundTrip({ family: 6, host: 'fe80::1%lo', port: 1 }), expected);
  });

  test('what is no literal address is refused', () => {
    for (const host of ['localhost', '1.2.3', '1.2.3.256', '::1', '']) {
      assert.equal(encodeAddress({ family: 4, host, port: 1 }, bytes), -EINVAL, host);
    }
    for (const host of ['localhost', '127.0.0.1', ':::', 'fe80::1%no-such-if']) {
      assert.equal(encodeAddress({ family: 6, host, port: 1 }, bytes), -EINVAL, host);
    }
    assert.equal(encodeAddress({ family: 4, host: '1.2.3.4', port: 65536 }, bytes), -EINVAL);
    assert.equal(encodeAddress({ family: 'unix', path: 'x'.repeat(108) }, bytes), -ENAMETOOLONG);
  });

  test('a listener tells its address, and a connector reaches it', () => {
    const listener = sockets.openListener({ family: 4, host: '127.0.0.1', port: 0 }, listenOptions);
    assert.ok(listener > 0);
    const address = sockets.localAddress(listener);
    assert.ok(address.family === 4 && address.port > 0);
    const client = sockets.openConnector(address, { family: 4, host: '127.0.0.2', port: 0 });
    sockets.startConnect(client, address);
    // On loopback the handshake is over when connect returns, so the error is known without a wait.
    assert.equal(sockets.pendingError(client), 0);
    assert.deepEqual(sockets.peerAddress(client), address);
    const local = sockets.localAddress(client);
    assert.ok(local.family === 4 && local.host === '127.0.0.2');
    sockets.setOption(client, 'noDelay', 1);
    sockets.shutdown(client, 'write');
    sockets.lingerZero(client);
    sockets.close(client);
    sockets.close(listener);
    assert.throws(() => sockets.close(client), { code: 'EBADF', errno: -EBADF, syscall: 'close' });
  });

  test('failures are numbers, and leave nothing open', () => {
    const probe = libc().socket(1, 1, 0);
    libc().close(probe);
    const folder = mkdtempSync(join(tmpdir(), 'tsyncio-'));
    const nowhere: Address = { family: 'unix', path: join(folder, 'missing', 'socket') };
    assert.equal(sockets.openListener(nowhere, listenOptions), -ENOENT);
    assert.equal(sockets.openConnector(nowhere, nowhere), -ENOENT);
    rmSync(folder, { recursive: true });
    const again = libc().socket(1, 1, 0);
    assert.equal(again, probe);
    libc().close(again);
  });

  test('errno is reported by every arity, and pinned memory is seen by the kernel', () => {
    assert.equal(libc().close(-1), -EBADF);
    assert.equal(libc().recv(-1, 0, 0, 0), -EBADF);
    const pair = pinned(8);
    assert.equal(libc().socketpair(1, 1, 0, pair.address), 0);
    const [a, b] = [pair.view.getInt32(0, true), pair.view.getInt32(4, true)];
    const data = pinned(3);
    data.bytes.set([1, 2, 3]);
    const target = pinned(3);
    assert.equal(libc().send(a, data.address, 3, 0), 3);
    assert.equal(libc().recv(b, target.address, 3, 0), 3);
    assert.deepEqual(target.bytes, data.bytes);
    libc().close(a);
    libc().close(b);
  });
});
