import assert from 'node:assert/strict';
import { test } from 'node:test';
import { invite } from '../../examples/bar/customers.ts';
import { startExample } from '../support/command.ts';

const CUSTOMERS = 40;

test('the bar serves everybody, tells it in both languages, and presents the bill', async () => {
  const { code, stdout, stderr } = await startExample('bar.ts', '--customers', String(CUSTOMERS)).ended();
  assert.equal(stderr, '');
  assert.equal(code, 0);
  const orders = invite(CUSTOMERS).reduce((sum, customer) => sum + customer.drinks.length, 0);
  for (const expected of [
    /^AT THE BAR\s+IN ASYNCIO$/m,
    /^bartender\s+thread/m,
    /^tracked serving\s+task/m,
    /^The bar is open on port \d+, looking around by (io_uring|epoll|node)\. 40 customers will come;$/m,
    /Ann comes in\s+openConnection/,
    /Ann orders a .*\s+writer\.write/,
    /the bartender lets a .* run\s+task "serve Ann": yield\* sleep\(15\)/,
    /Cleo leaves\s+the writer is closed, the task is done/,
    /\[#*\.*\] \d+ inside, \d+ of 40 served/,
    /Closing time\./,
    /^customers served\s+40 of 40, up to \d+ at once$/m,
    new RegExp(`^orders\\s+${orders}$`, 'm'),
    /^wall time\s+[\d.]+ s$/m,
    /^one after the other\s+[\d.]+ s, \d+ times as long/m,
    /^loop turns\s+[\d,]+$/m,
    /^hops\s+[\d,]+ /m,
    /^driver\s+(io_uring|epoll|node)$/m,
    /^looked around\s+[\d,]+ times/m,
  ]) {
    assert.match(stdout, expected);
  }
  assert.ok(!stdout.includes('\x1b'), 'no colours where there is no terminal');
});

test('Ctrl-C: the bar closes in order', async () => {
  const child = startExample('bar.ts');
  await child.printed('comes in');
  child.interrupt();
  const { code, stdout, stderr } = await child.ended();
  assert.match(stdout, /everybody out/);
  assert.match(stdout, /^customers served\s+\d+ of 300/m);
  assert.equal(stderr, '');
  assert.equal(code, 130);
});

test('a number of customers that is none', async () => {
  const { code, stderr } = await startExample('bar.ts', '--customers', 'many').ended();
  assert.match(stderr, /^RangeError: --customers: how many\? got many/);
  assert.equal(code, 1);
});
