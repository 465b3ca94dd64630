/** The soak in short: a number of actions rather than minutes, so that it is the same work on every machine. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { onEachDriver } from '../net/drivers.ts';
import { soak } from './soak.ts';

const ACTIONS = 400;
const SEED = 7;

onEachDriver(({ io }) => {
  test(`${ACTIONS} random connects, transfers, cancels, resets and restarts`, async () => {
    const { failures, bytes, done } = await soak({ io, seed: SEED, actions: ACTIONS });
    assert.deepEqual(failures, []);
    assert.ok(bytes > 1_000_000, `${bytes} bytes`);
    assert.ok([...done.keys()].some((what) => what.startsWith('restart')));
  });
});
