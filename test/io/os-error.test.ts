import assert from 'node:assert/strict';
import os from 'node:os';
import { test } from 'node:test';
import { errnoMessage, errnoName, errnoNumber } from '../../src/io/errno.ts';
import { OSError, osError } from '../../src/io/os-error.ts';

test('the table agrees with the system, on Linux', { skip: process.platform !== 'linux' }, () => {
  for (const [name, number] of Object.entries(os.constants.errno)) {
    assert.equal(errnoNumber(name), number, name);
  }
  assert.equal(errnoNumber('ENONSENSE'), undefined);
  assert.equal(errnoName(-999), 'Unknown system error 999');
  assert.equal(errnoMessage(-111), 'connection refused');
});

test('an OSError looks like an error of Node', () => {
  const error = osError(-111, 'connect', { family: 4, host: '127.0.0.1', port: 80 });
  assert.ok(error instanceof OSError && error instanceof Error);
  assert.equal(error.message, 'connect ECONNREFUSED 127.0.0.1:80 (connection refused)');
  assert.deepEqual(
    { ...error },
    { code: 'ECONNREFUSED', errno: -111, syscall: 'connect', address: '127.0.0.1', port: 80 },
  );
  assert.equal(String(error), `OSError: ${error.message}`);
});

test('an OSError has an address only where there is one', () => {
  assert.equal('address' in osError(-9, 'close'), false);
  const unix = osError(-2, 'connect', { family: 'unix', path: '/run/x' });
  assert.equal(unix.message, 'connect ENOENT /run/x (no such file or directory)');
  assert.equal(unix.address, '/run/x');
  assert.equal('port' in unix, false);
  assert.match(osError(-98, 'bind', { family: 6, host: '::1', port: 1 }).message, /^bind EADDRINUSE \[::1\]:1 /);
});
